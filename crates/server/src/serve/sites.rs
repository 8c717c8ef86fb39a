//! The sites of an agency as the city's file lists them: as choices, by their names, and with their areas at a door.
//!
//! A record or a role of before that names a site in other words, or one that the file no longer has, is shown as it was written.

use law::AgencyId;
use maud::{Markup, html};

use super::{
    Desk,
    forms::{self, Fault, Fields, LINE_MAX_CHARS},
    session::Account,
};
use crate::city_file::Site;

/// How many sites' areas a page shows to somebody who works at no particular one.
const SHOWN_MAX: usize = 20;

impl Desk {
    /// The sites that the city's file lists for an agency.
    pub(super) fn sites(&self, agency: &AgencyId) -> &[Site] {
        self.city.as_ref().map_or(&[], |city| city.sites(agency))
    }

    /// A site's name; what was written, where the file does not know it.
    pub(super) fn site_name<'a>(&'a self, agency: &AgencyId, site: &'a str) -> &'a str {
        self.city.as_ref().and_then(|city| city.site(agency, site)).map_or(site, |site| &site.name)
    }
}

/// The field `site`: a choice where the file lists the agency's sites, else a line. `own` is chosen where nothing was sent, and stays a
/// choice where the file does not know it.
pub(super) fn field(
    desk: &Desk,
    agency: &AgencyId,
    (label, none): (&'static str, &str),
    own: Option<&str>,
    given: &Fields,
) -> Markup {
    let sites = desk.sites(agency);
    if sites.is_empty() {
        return forms::line(desk, "site", label, given);
    }
    let chosen = given.one("site").or(own);
    let unknown = own.filter(|own| !sites.iter().any(|site| site.id == **own));
    html! {
        label for="site" { (desk.words.say(label, &[])) }
        select id="site" name="site" {
            option value="" selected[chosen.is_none()] { (desk.words.say(none, &[])) }
            @if let Some(own) = unknown { option value=(own) selected[chosen == Some(own)] { (own) } }
            @for site in sites { option value=(site.id) selected[chosen == Some(site.id.as_str())] { (site.name) } }
        }
    }
}

/// The site that a form names: one of the file's or one's own where the file lists the agency's sites, else any line.
///
/// # Errors
/// When it is not on the list, or too long.
pub(super) fn read(
    desk: &Desk,
    agency: &AgencyId,
    label: &'static str,
    own: Option<&str>,
    typed: &Fields,
) -> Result<Option<String>, Fault> {
    let Some(site) = typed.text("site", label, LINE_MAX_CHARS)? else { return Ok(None) };
    let sites = desk.sites(agency);
    let known = sites.is_empty() || own == Some(site.as_str()) || sites.iter().any(|one| one.id == site);
    if known { Ok(Some(site)) } else { Err(Fault::of("form-not-on-list", label)) }
}

/// Which areas are open to the public, at the site of whoever asks; at each where they work at no particular one.
pub(super) fn areas(desk: &Desk, account: &Account) -> Markup {
    let sites = desk.sites(&account.agency);
    let own = account.site.as_deref().and_then(|own| sites.iter().find(|site| site.id == own));
    let shown: Vec<&Site> = own.map_or_else(|| sites.iter().take(SHOWN_MAX).collect(), |own| vec![own]);
    if shown.is_empty() {
        return html! {};
    }
    let say = |id: &str| desk.words.say(id, &[]);
    let more = if own.is_some() { 0 } else { sites.len() - shown.len() };
    html! {
        h2 { (say("areas-title")) }
        @for site in shown {
            @if own.is_some() { (of_site(desk, site)) } @else { details { summary { (site.name) } (of_site(desk, site)) } }
        }
        @if more > 0 { p { (desk.words.say("areas-more", &[("count", &more.to_string())])) } }
        p { (say("areas-other")) }
    }
}

fn of_site(desk: &Desk, site: &Site) -> Markup {
    let say = |id: &str| desk.words.say(id, &[]);
    let list = |areas: &[String]| {
        html! { @if areas.is_empty() { (say("areas-none")) } @else { ul { @for area in areas { li { (area) } } } } }
    };
    html! {
        dl.posts {
            dt { (say("areas-public")) }
            dd { (list(&site.public)) }
            dt { (say("areas-non-public")) }
            dd { (list(&site.non_public)) }
        }
        @match site.confirmed {
            Some(day) => p.quiet { (desk.words.say("areas-confirmed", &[("day", &day.to_string())])) },
            None => p.banner role="note" { (say("areas-unconfirmed")) },
        }
    }
}
