//! What an agency owes that is about no request: filings, its statement about a quarter, signs. And what is in no request's entries.
//!
//! [`City`] takes the record's entries one after the other and keeps of them what these duties need, so that nobody reads the record
//! again for a look. The order of entries does not matter to what is owed. An agency that the city's file names owes these whether or
//! not it ever recorded anything: that an agency says nothing is what they are for.
//!
//! Sources: the four statutes' days ([`Period`]); Local Law 114 of 2026 (§§ 3-119.13(c) and 21-977(f)), read in part: which agencies are
//! covered was not read, so each of its duties says that it may be owed and counsel must say. Not here: what the Mayor's Office of
//! Immigrant Affairs owes under it (signs, outreach, a report to the Speaker): no entry can say yet that it was done.

use std::collections::{BTreeMap, BTreeSet};

use jiff::{
    Timestamp,
    civil::{Date, date},
    tz::TimeZone,
};
use law::AgencyId;

use super::{Clock, Duty, Ended, Limits, Rests, due, duties, end_of};
use crate::{
    Body, Deed, DutyKind, Entry, EntryId, Filed, Source, When,
    filing::{Period, Section},
};

/// By when signs are posted and areas marked, § 3-119.13(c).
const POSTED_BY: Date = date(2026, 9, 30);
/// By when the sites are reported, § 3-119.13(c).
const REPORTED_BY: Date = date(2026, 10, 31);
/// By when each school has its signs, § 21-977(f).
const SCHOOLS_BY: Date = date(2026, 12, 31);
/// By when the Department of Education reports, § 21-977(f).
const SCHOOLS_REPORTED_BY: Date = date(2027, 3, 31);
/// The first day of Local Law 114 of 2026.
const SIGNS_FROM: Date = date(2026, 7, 11);
/// The agency of the schools, as the pack names it.
const SCHOOLS: &str = "DOE";

/// Agencies, each with its sites.
pub type Sites = BTreeMap<AgencyId, BTreeSet<String>>;

/// What an agency's own duties are computed from.
#[derive(Default)]
pub struct City {
    /// By agency: the first day on which it recorded anything, and its sites.
    agencies: BTreeMap<AgencyId, (Date, BTreeSet<String>)>,
    /// The city's files in the order in which they came into force: since which day, and the agencies that each names.
    files: BTreeMap<(Timestamp, EntryId), (Date, Sites)>,
    filed: Vec<(Entry, Filed)>,
    /// Entries about no request that make or end duties, and what corrects them.
    loose: Vec<Entry>,
}

impl City {
    /// Takes one more entry, and says whether it may have changed what an agency owes. `zone` is the city's, to tell on which day it
    /// was made. What another agency's file says is left aside.
    pub fn take(&mut self, entry: &Entry, zone: &TimeZone) -> bool {
        if matches!(entry.source, Source::Import(_) | Source::Report) {
            return false;
        }
        let mut changed = false;
        let (agency, site) = match &entry.body {
            Body::Requested(request) => (Some(&request.receiver.agency), request.receiver.site.as_deref()),
            Body::Done(done) => (Some(&done.agency), None),
            Body::Fulfilled(fulfilled) => (Some(&fulfilled.agency), fulfilled.site.as_deref()),
            _ => (None, None),
        };
        if let Some(agency) = agency {
            let day = entry.at.to_zoned(zone.clone()).date();
            let (first, sites) = self.agencies.entry(agency.clone()).or_insert_with(|| {
                changed = true;
                (day, BTreeSet::new())
            });
            if day < *first {
                (*first, changed) = (day, true);
            }
            if let Some(site) = site.map(str::trim).filter(|site| !site.is_empty()) {
                changed |= sites.insert(site.to_owned());
            }
        }
        let alone = match &entry.body {
            Body::Done(done) => {
                done.request.is_none() && matches!(done.deed, Deed::Transferred { .. } | Deed::FollowedUp { .. })
            }
            Body::Fulfilled(fulfilled) => fulfilled.request.is_none(),
            Body::Corrected(correction) => correction.request.is_none(),
            _ => false,
        };
        if alone {
            self.loose.push(entry.clone());
        }
        if let Body::Filed(filed) = &entry.body {
            self.filed.push((entry.clone(), (**filed).clone()));
            changed = true;
        }
        changed || alone
    }

    /// Takes an entry that puts a city's file in force, with the agencies that the file names.
    pub fn takes_file(&mut self, entry: &Entry, agencies: Sites, zone: &TimeZone) {
        let day = entry.at.to_zoned(zone.clone()).date();
        self.files.insert((entry.at, entry.id), (day, agencies));
    }

    /// The hand-overs that are about no request.
    #[must_use]
    pub fn handed_over(&self, limits: &Limits) -> Vec<super::HandedOver> {
        super::handed_over(&self.loose, limits)
    }

    /// Who owes anything, from which day on and at which sites: whoever has recorded anything, and every agency of the file in force,
    /// from the first of the files on that have named it without a break.
    fn owing(&self) -> BTreeMap<AgencyId, (Date, BTreeSet<String>)> {
        let mut owing = self.agencies.clone();
        let in_force = self.files.values().next_back();
        for (agency, sites) in in_force.iter().flat_map(|(_, named)| named) {
            let naming = self.files.values().rev().take_while(|(_, named)| named.contains_key(agency));
            let Some((day, _)) = naming.last() else { continue };
            let (first, known) = owing.entry(agency.clone()).or_insert_with(|| (*day, BTreeSet::new()));
            *first = *day.min(first);
            known.extend(sites.iter().cloned());
        }
        owing
    }

    /// What was said to be done of duties about no request: the entries that say so, each with the correction that took it back.
    #[must_use]
    pub fn said(&self) -> Vec<(&Entry, Option<&Entry>)> {
        let wrong = crate::corrected(&self.loose);
        let by = |id: &EntryId| wrong.get(id).and_then(|by| self.loose.iter().find(|entry| entry.id == *by));
        let said = self.loose.iter().filter(|entry| matches!(entry.body, Body::Fulfilled(_)));
        said.map(|entry| (entry, by(&entry.id))).collect()
    }

    /// What is owed on this day, done or not, of all that has begun.
    #[must_use]
    pub fn duties(&self, today: Date, zone: &TimeZone, limits: &Limits) -> Vec<Duty> {
        let mut found = duties(&self.loose, zone, limits);
        let owing = self.owing();
        let Some(begun) = owing.values().map(|(first, _)| *first).min() else { return found };
        for section in Section::ALL {
            let agency = section.agency().map(AgencyId::new);
            let first = match &agency {
                Some(agency) => owing.get(agency).map(|(first, _)| *first),
                None => Some(begun),
            };
            let Some(first) = first else { continue };
            found.extend(self.periods(section, agency.as_ref(), first, today, (zone, limits)));
        }
        for (agency, (first, sites)) in &owing {
            let first = (*first).max(limits.stated_from);
            found.extend(self.periods(Section::Statement, Some(agency), first, today, (zone, limits)));
            if today >= SIGNS_FROM {
                found.extend(self.signs(agency, sites));
            }
        }
        found
    }

    /// The periods of a section that ended on this day or later, and before today.
    fn periods(
        &self,
        section: Section,
        agency: Option<&AgencyId>,
        first: Date,
        today: Date,
        (zone, limits): (&TimeZone, &Limits),
    ) -> Vec<Duty> {
        let mut found = Vec::new();
        let mut next = Period::of(section, first);
        while let Some(period) = next.filter(|period| period.to < today) {
            let began = When::Day(period.to);
            let clock = if period.due.is_some() { Clock::Law } else { Clock::PracticeDays(limits.quarter_days) };
            let due = period.due.map_or_else(|| due(began, clock), end_of);
            let made = self.filed.iter().filter(|(_, filed)| {
                filed.section == section.subdivision()
                    && filed.from == period.from
                    && filed.through == period.to
                    && filed.agency.as_ref().is_none_or(|filed| agency.is_none_or(|agency| agency == filed))
            });
            let ended = made.min_by_key(|(entry, _)| (entry.at, entry.id)).map(|(entry, filed)| Ended {
                entry: entry.id,
                on: When::Day(entry.at.to_zoned(zone.clone()).date()),
                done_by: Some(filed.signed_by.clone()),
                done: true,
            });
            let statement = section == Section::Statement;
            let citation = format!("NYC Admin. Code § {}", section.subdivision());
            found.push(Duty {
                kind: if statement { DutyKind::Stated } else { DutyKind::Filed },
                agency: agency.cloned(),
                site: None,
                request: None,
                from: None,
                rests: if statement {
                    Rests::Practice
                } else {
                    Rests::Law { citation: citation.into(), what: None, certain: true }
                },
                clock,
                began,
                due,
                ended,
                period: Some((section, period.name.clone())),
            });
            next = period.to.tomorrow().ok().and_then(|day| Period::of(section, day));
        }
        found
    }

    fn signs(&self, agency: &AgencyId, sites: &BTreeSet<String>) -> Vec<Duty> {
        let schools = agency.as_str() == SCHOOLS;
        let (citation, posted, reported) = if schools {
            ("NYC Admin. Code § 21-977(f), L.L. 114/2026", SCHOOLS_BY, SCHOOLS_REPORTED_BY)
        } else {
            ("NYC Admin. Code § 3-119.13(c), L.L. 114/2026", POSTED_BY, REPORTED_BY)
        };
        let duty = |kind, site: Option<String>, by: Date| {
            let ended = self.stated(kind, agency, site.as_deref());
            Duty {
                kind,
                agency: Some(agency.clone()),
                site,
                request: None,
                from: None,
                period: None,
                // Which agencies are covered was not read.
                rests: Rests::Law { citation: citation.into(), what: None, certain: false },
                clock: Clock::Law,
                began: When::Day(SIGNS_FROM),
                due: end_of(by),
                ended,
            }
        };
        let places: Vec<Option<String>> =
            if sites.is_empty() { vec![None] } else { sites.iter().cloned().map(Some).collect() };
        let mut found: Vec<Duty> = places.into_iter().map(|site| duty(DutyKind::SignsPosted, site, posted)).collect();
        found.push(duty(DutyKind::SitesReported, None, reported));
        found
    }

    /// The first entry that says so: of this site, or of all of the agency's.
    fn stated(&self, kind: DutyKind, agency: &AgencyId, site: Option<&str>) -> Option<Ended> {
        let wrong = crate::corrected(&self.loose);
        let said = self.loose.iter().filter(|entry| !wrong.contains_key(&entry.id)).filter_map(|entry| {
            let Body::Fulfilled(fulfilled) = &entry.body else { return None };
            let here = fulfilled.site.as_deref().map(str::trim);
            let of = fulfilled.duty == kind && fulfilled.agency == *agency && (here.is_none() || here == site);
            of.then_some((entry, fulfilled))
        });
        said.min_by_key(|(entry, _)| (entry.at, entry.id)).map(|(entry, fulfilled)| Ended {
            entry: entry.id,
            on: fulfilled.when,
            done_by: Some(fulfilled.done_by.clone()),
            done: true,
        })
    }
}
