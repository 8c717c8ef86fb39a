//! The frame of every page: head, quick exit, how to reach a person. No style and no script stands in a page itself.

use maud::{DOCTYPE, Markup, html};

use crate::{
    bundle::Bundle,
    config::Config,
    words::{Language, Words},
};

/// A script of the bundle, with its hash.
pub fn script(bundle: &Bundle, path: &str) -> Markup {
    html! { script src=(path) integrity=(bundle.integrity(path)) crossorigin="anonymous" defer {} }
}

/// What stands in the head of every page.
pub fn head(bundle: &Bundle, title: &str, scripts: &[&str]) -> Markup {
    html! {
        head {
            meta charset="utf-8";
            meta name="viewport" content="width=device-width, initial-scale=1";
            title { (title) }
            link rel="icon" href="/icon.svg" type="image/svg+xml";
            link rel="stylesheet" href="/page.css" integrity=(bundle.integrity("/page.css")) crossorigin="anonymous";
            @for path in scripts { (script(bundle, path)) }
        }
    }
}

/// The number, to be called by a tap.
pub fn phone(config: &Config) -> Markup {
    html! { a href={ "tel:" (config.reach.phone) } dir="ltr" { (config.reach.phone) } }
}

/// How to reach a person, for everybody whom the page cannot help.
pub fn reach(config: &Config, words: &Words) -> Markup {
    html! {
        p {
            (words.say("reach-phone")) ": "
            (phone(config))
            br;
            (words.say("reach-visit")) ": " bdi lang="en" dir="ltr" { (config.reach.address) }
        }
    }
}

/// A whole page in a language.
pub fn page(
    config: &Config,
    bundle: &Bundle,
    language: &Language,
    words: &Words,
    scripts: &[&str],
    main: &Markup,
) -> Markup {
    let scripts: Vec<&str> = ["/exit.js"].iter().chain(scripts).copied().collect();
    html! {
        (DOCTYPE)
        html lang=(language.tag) dir=(language.dir) {
            (head(bundle, &words.say("title"), &scripts))
            // Some browsers send what is typed to a service that checks spelling or suggests words: every field inherits the no.
            body spellcheck="false" writingsuggestions="false" {
                a.skip href="#main" { (words.say("skip")) }
                header {
                    a href="/" hreflang="mul" { (words.say("language")) }
                    a.button.exit href=(config.exit) rel="noreferrer" data-exit { (words.say("exit")) }
                }
                main #main tabindex="-1" { (main) }
                footer {
                    @if config.example { p lang="en" dir="ltr" { strong { "Example: everybody has these keys. Not for real reports." } } }
                    @if language.tag != "en" { p { (words.say("unreviewed")) } }
                    p { (words.say("exit-note")) }
                    h2 { (words.say("reach-title")) }
                    (reach(config, words))
                }
            }
        }
    }
}
