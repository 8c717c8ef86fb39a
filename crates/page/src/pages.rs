//! The pages: the choice of a language, and in each language the first page, the report and the return.
//!
//! The questions stand in one form of which the script shows one step at a time. Their names (`data-question`) are those that
//! stand in the sealed report.

use maud::{DOCTYPE, Markup, html};
use seal::report::Kind;

use crate::{
    bundle::Bundle,
    config::Config,
    keys::WORD_LISTS,
    layout,
    words::{LANGUAGES, Language, Words, WordsError},
};

/// Kinds in which officers are what it is about; the others are not asked about them.
const ABOUT_OFFICERS: [Kind; 4] =
    [Kind::OfficerConduct, Kind::OperationSeen, Kind::CityEmployeeHelped, Kind::DetainedAtAppointment];

/// The longest contact details, which `seal` refuses to exceed.
const CONTACT_BYTES: usize = seal::shares::MAX_CONTACT_BYTES;

/// Adds all pages; scripts and styles have to be in the bundle already.
///
/// # Errors
/// A language lacks a sentence.
pub fn add(config: &Config, bundle: &mut Bundle) -> Result<(), WordsError> {
    let mut made = vec![("/index.html".to_owned(), choice(config, bundle)?)];
    for language in &LANGUAGES {
        let words = Words::new(language)?;
        let mut page = |name: &str, scripts: &[&str], main: &Markup| {
            made.push((language.path(name), layout::page(config, bundle, language, &words, scripts, main)));
        };
        page("", &[], &first(config, language, &words));
        page("report", &["/report.js"], &report(config, bundle, language, &words));
        page("return", &["/return.js"], &back(config, bundle, language, &words));
        words.finish()?;
    }
    for (path, page) in made {
        bundle.add(&path, page.into_string().into_bytes());
    }
    Ok(())
}

/// The choice of a language: each in its own words. What stands around it is in English, as the address of the page is, with
/// numbers and signs that need no language.
fn choice(config: &Config, bundle: &Bundle) -> Result<Markup, WordsError> {
    let mut titles = Vec::new();
    for language in &LANGUAGES {
        titles.push((language, Words::new(language)?.say("title")));
    }
    Ok(html! {
        (DOCTYPE)
        html lang="en" dir="ltr" {
            (layout::head(bundle, "Report safely", &["/exit.js"]))
            body {
                header { a.button.exit href=(config.exit) rel="noreferrer" data-exit { "✕ Leave this page" } }
                main {
                    h1 { "Report safely" }
                    p.alarm { "In danger now? Call " a href="tel:911" { "911" } "." }
                    ul.languages {
                        @for (language, title) in &titles {
                            li {
                                a.button.second href=(language.path("")) hreflang=(language.tag) lang=(language.tag) dir=(language.dir) {
                                    strong { (language.name) } br; (title)
                                }
                            }
                        }
                    }
                    p { "☎ " (layout::phone(config)) br; bdi { (config.reach.address) } }
                }
            }
        }
    })
}

fn first(config: &Config, language: &Language, words: &Words) -> Markup {
    html! {
        h1 { (words.say("title")) }
        p.alarm { (words.say("emergency")) }
        p { (words.say("start-lead")) }
        div.start {
            a.button href=(language.path("report")) { (words.say("start-report")) }
            a.button.second href=(language.path("return")) { (words.say("start-return")) }
        }
        h2 { (words.say("know-title")) }
        ul.facts {
            @for id in ["know-name", "know-status", "know-optional", "know-not", "know-kept"] { li { (words.say(id)) } }
        }
        h2 { (words.say("who-title")) }
        p { (words.say("who-text")) }
        p { (words.say("who-evidence")) }
        noscript { div.alarm { p { (words.say("no-script")) } (layout::reach(config, words)) } }
    }
}

/// Sentences and hashes for the script, which has none of its own. A receipt is written in the words of the page's language, and
/// read in those of any (`all_lists`).
fn facts(
    bundle: &Bundle,
    language: &Language,
    words: &Words,
    (sentences, files, all_lists): (&[&str], &[&str], bool),
) -> Markup {
    let list = WORD_LISTS.contains(&language.tag).then(|| format!("/words-{}.txt", language.tag));
    let lists = WORD_LISTS.iter().filter(|tag| all_lists || **tag == language.tag);
    let lists: Vec<String> = lists.map(|tag| format!("/words-{tag}.txt")).collect();
    let files =
        files.iter().copied().chain(lists.iter().map(String::as_str)).filter(|path| bundle.bytes(path).is_some());
    html! {
        ul #facts hidden data-list=[list] {
            @for id in sentences { li data-word=(id) { (words.say(id)) } }
            @for path in files { li data-file=(path) data-integrity=(bundle.integrity(path)) {} }
        }
    }
}

fn buttons(words: &Words, next: &str) -> Markup {
    html! {
        div.go {
            button.second type="button" data-back { (words.say("back")) }
            button type="submit" { (words.say(next)) }
        }
    }
}

/// A question whose answer is text.
struct Text {
    step: &'static str,
    question: &'static str,
    hint: Option<&'static str>,
    rows: u32,
}

fn text_step(words: &Words, text: &Text, kinds: Option<&str>) -> Markup {
    let step = text.step;
    let hint = format!("{step}-hint");
    html! {
        section id={ "step-" (step) } data-step data-kinds=[kinds] hidden {
            h1 { label for=(step) id={ (step) "-label" } { (words.say(&format!("{step}-title"))) } }
            p.hint id=(hint) { @if let Some(hint) = text.hint { (words.say(hint)) " " } (words.say("optional")) }
            p.error id={ (step) "-error" } hidden { (words.say("text-long")) }
            (text_field(text, &[&hint, &format!("{step}-error")].map(String::as_str).join(" ")))
            (buttons(words, "next"))
        }
    }
}

fn text_field(text: &Text, described: &str) -> Markup {
    let question = text.question;
    let label = format!("{}-label", text.step);
    html! {
        @if text.rows > 1 {
            textarea id=(text.step) rows=(text.rows) data-question=(question) data-label=(label) aria-describedby=(described) autocomplete="off" {}
        } @else {
            input type="text" id=(text.step) data-question=(question) data-label=(label) aria-describedby=(described) autocomplete="off";
        }
    }
}

/// A question whose answer is yes, no or "I do not know".
fn yes_or_no_step(words: &Words, name: &str, kinds: Option<&str>) -> Markup {
    let label = format!("{name}-label");
    html! {
        section data-step data-kinds=[kinds] hidden {
            fieldset {
                legend { h1 id=(label) { (words.say(name)) } }
                p.hint { (words.say("optional")) }
                @for (index, value) in ["yes", "no", "unknown"].iter().enumerate() {
                    label.choice {
                        input type="radio" name=(name) value=(value)
                            data-question=[(index == 0).then_some(name)] data-label=[(index == 0).then_some(&label)];
                        (words.say(value))
                    }
                }
            }
            (buttons(words, "next"))
        }
    }
}

fn report(config: &Config, bundle: &Bundle, language: &Language, words: &Words) -> Markup {
    let officers = ABOUT_OFFICERS.map(Kind::as_str).join(" ");
    let officers = Some(officers.as_str());
    let what = Text { step: "what", question: "what-happened", hint: Some("what-hint"), rows: 8 };
    let when = Text { step: "when", question: "when", hint: Some("when-hint"), rows: 1 };
    let place = Text { step: "where", question: "where", hint: Some("where-hint"), rows: 2 };
    let unit = Text { step: "unit", question: "officers-agency-or-unit", hint: Some("unit-hint"), rows: 1 };
    let vehicle = Text { step: "vehicle", question: "officers-vehicles", hint: None, rows: 1 };
    html! {
        (nothing_yet(config, words))
        form #report novalidate autocomplete="off" hidden {
            section #step-kind data-step hidden {
                fieldset {
                    legend { h1 #kind-label { (words.say("kind-title")) } }
                    p.error #kind-error role="alert" hidden { (words.say("kind-missing")) }
                    @for kind in Kind::ALL.into_iter().filter(|kind| *kind != Kind::FollowUp) {
                        label.choice {
                            input type="radio" name="kind" value=(kind.as_str()) aria-describedby="kind-error";
                            (words.say(&format!("kind-{}", kind.as_str())))
                        }
                    }
                }
                div.go { button type="submit" { (words.say("next")) } }
            }
            (text_step(words, &what, None))
            (text_step(words, &when, None))
            (text_step(words, &place, None))
            (text_step(words, &unit, officers))
            @for name in ["national-guard", "masked", "identification"] { (yes_or_no_step(words, name, officers)) }
            (text_step(words, &vehicle, officers))
            (files_step(words))
            @if config.contact.is_some() {
                section #step-contact data-step data-limit=(CONTACT_BYTES) hidden {
                    h1 #contact-title { (words.say("contact-title")) }
                    p.hint #contact-hint { (words.say("contact-hint")) }
                    p.error #contact-error hidden { (words.say("contact-long")) }
                    label for="contact" { (words.say("contact-label")) }
                    textarea #contact rows="2" aria-describedby="contact-hint contact-error" autocomplete="off" {}
                    (buttons(words, "next"))
                }
            }
            section #step-review data-step hidden {
                h1 { (words.say("review-title")) }
                dl #review-list translate="no" {}
                div.box { p { (words.say("who-text")) } p { (words.say("who-evidence")) } p { (words.say("know-not")) } p { (words.say("done-open")) } }
                (buttons(words, "send"))
            }
        }
        (cover_view(words))
        (after_sending(config, language, words))
        (facts(bundle, language, words, (&REPORT_SENTENCES, &[
            "/report.wasm", "/media.wasm", "/card.wasm", "/keys.bin", "/contact.bin", "/cover.js",
        ], false)))
    }
}

/// What stands where no script runs, or where one is lost on the way: it removes `#slow`.
fn nothing_yet(config: &Config, words: &Words) -> Markup {
    html! {
        noscript { div.alarm { p { (words.say("no-script")) } (layout::reach(config, words)) } }
        div.alarm #slow { h1 { (words.say("title")) } p { (words.say("slow")) } (layout::reach(config, words)) }
    }
}

const REPORT_SENTENCES: [&str; 29] = [
    "file-working",
    "file-clean",
    "file-kept",
    "file-refused",
    "file-broken",
    "file-anyway",
    "file-remove",
    "file-limit",
    "file-covered",
    "cover",
    "cover-boxes",
    "cover-not",
    "return-offline",
    "review-change",
    "review-empty",
    "sending-keys",
    "sending-work",
    "sending-files",
    "sending-report",
    "sending-offline",
    "sending-busy",
    "failed-text",
    "failed-promise",
    "failed-date",
    "keys-failed",
    "no-engine",
    "cancelled",
    "cancel-late",
    "try-again",
];

fn files_step(words: &Words) -> Markup {
    html! {
        section #step-files data-step hidden {
            h1 #files-label { (words.say("files-title")) }
            p.hint #files-hint { (words.say("files-hint")) " " (words.say("optional")) }
            p #files-status role="status" tabindex="-1" {}
            ul.list #files-list translate="no" {}
            input #files-input type="file" multiple aria-describedby="files-hint";
            label.button.second for="files-input" { (words.say("files-choose")) }
            label.choice { input #files-keep type="checkbox"; (words.say("files-keep")) }
            (buttons(words, "next"))
        }
    }
}

/// Where boxes are drawn over parts of a photo, with a way that needs no dragging (WCAG 2.2, 2.5.7). The sliders go from left
/// to right in every language, as the picture does.
fn cover_view(words: &Words) -> Markup {
    html! {
        section #cover data-view hidden {
            h1 { (words.say("cover")) }
            p.hint #cover-hint { (words.say("cover-hint")) }
            p.error #cover-error role="alert" tabindex="-1" hidden { (words.say("cover-browser")) }
            canvas #cover-picture role="img" aria-describedby="cover-hint" {}
            p #cover-count role="status" {}
            div.go {
                button.second #cover-add type="button" { (words.say("cover-add")) }
                button.second #cover-undo type="button" { (words.say("cover-undo")) }
            }
            fieldset #cover-last {
                legend { (words.say("cover-last")) }
                div.row {
                    @for side in ["left", "top", "width", "height"] {
                        div {
                            label for={ "cover-" (side) } { (words.say(&format!("cover-{side}"))) }
                            input id={ "cover-" (side) } type="range" min="0" max="100" dir="ltr";
                        }
                    }
                }
            }
            div.go {
                button.second #cover-back type="button" { (words.say("back")) }
                button #cover-save type="button" { (words.say("cover-save")) }
            }
        }
    }
}

/// What comes behind the form: sending, not received, the receipt, what happens next.
fn after_sending(config: &Config, language: &Language, words: &Words) -> Markup {
    html! {
        section #sending data-view hidden {
            h1 { (words.say("sending-title")) }
            p { (words.say("sending-open")) }
            progress #sending-bar max="1" aria-label=(words.say("sending-title")) {}
            p #sending-status role="status" {}
            p #sending-keys hidden { (words.say("keys-checked")) }
            div.go { button.second #cancel type="button" { (words.say("cancel")) } }
        }
        section #failed data-view hidden {
            h1 { (words.say("failed-title")) }
            p.alarm #failed-text {}
            div.go {
                button.second #change type="button" { (words.say("review-change")) }
                button #again type="button" { (words.say("try-again")) }
            }
            h2 { (words.say("reach-title")) }
            (layout::reach(config, words))
        }
        section #receipt data-view hidden {
            h1 { (words.say("receipt-title")) }
            p { strong { (words.say("receipt-once")) } " " (words.say("receipt-lost")) }
            div.box {
                h2 { (words.say("receipt-label")) }
                ol.receipt #receipt-shown translate="no" {}
            }
            p { (words.say("receipt-log")) }
            div.box {
                p { (words.say("receipt-day")) ": " bdi.code #receipt-day translate="no" {} }
                p { (words.say("receipt-code")) ": " bdi.code #receipt-code dir="ltr" translate="no" {} }
                details {
                    summary #promise { (words.say("receipt-promise")) }
                    div #receipt-qr role="img" aria-labelledby="promise" {}
                    pre #receipt-promise lang="en" translate="no" {}
                }
            }
            p { (words.say("keys-checked")) }
            p.hint { (words.say("print-note")) }
            div.go {
                button.second #print type="button" { (words.say("receipt-print")) }
                button #written type="button" { (words.say("receipt-done")) }
            }
        }
        section #done data-view hidden {
            h1 { (words.say("done-title")) }
            p { (words.say("done-open")) }
            p { (words.say("done-log")) " " bdi.code #done-day translate="no" {} }
            @if let Some(days) = config.overdue_days { p { (words.say("done-overdue")) " " bdi.code { (days) } } }
            p { a.button href=(language.path("return")) { (words.say("done-return")) } }
        }
    }
}

const RETURN_SENTENCES: [&str; 30] = [
    "return-count",
    "return-unknown",
    "return-check",
    "return-row",
    "return-wrong",
    "return-offline",
    "busy",
    "sending-keys",
    "sending-work",
    "sending-files",
    "sending-report",
    "sending-offline",
    "sending-busy",
    "log-in",
    "log-not-yet",
    "log-missing",
    "log-in-receipt",
    "log-nothing",
    "fate-0",
    "fate-1",
    "fate-2",
    "fate-3",
    "fate-4",
    "fate-5",
    "failed-text",
    "keys-failed",
    "no-engine",
    "text-long",
    "withdraw-tick",
    "withdraw-failed",
];

fn back(config: &Config, bundle: &Bundle, language: &Language, words: &Words) -> Markup {
    html! {
        (nothing_yet(config, words))
        section #broken hidden { h1 { (words.say("failed-title")) } p.alarm { (words.say("no-engine")) } }
        form #return novalidate autocomplete="off" hidden {
            h1 { (words.say("return-title")) }
            p.error #return-error role="alert" tabindex="-1" hidden {}
            label for="receipt" { (words.say("receipt-label")) }
            p.hint #receipt-hint { (words.say("return-hint")) }
            textarea #receipt rows="3" aria-describedby="receipt-hint" autocomplete="off" autocapitalize="none" {}
            p.hint { (words.say("return-log")) " " (words.say("optional")) }
            div.row {
                div { label for="day" { (words.say("receipt-day")) } input #day type="date"; }
                div { label for="code" { (words.say("receipt-code")) } input #code type="text" dir="ltr" autocomplete="off" autocapitalize="none"; }
            }
            div.go { button type="submit" { (words.say("return-go")) } }
        }
        div #wait hidden {
            progress aria-label=(words.say("sending-title")) max="1" {}
            p #state role="status" {}
        }
        div #opened hidden {
            h1 { (words.say("answers-title")) }
            p #answers-none { (words.say("answers-none")) }
            div.alarm #answers-unchecked hidden { p { (words.say("keys-unread")) } (layout::reach(config, words)) }
            p.alarm #answers-refused hidden { (words.say("answers-refused")) }
            ul.list.answers #answers translate="no" {}
            button.second #older type="button" hidden { (words.say("older")) }
            p #answers-keys { (words.say("keys-checked")) }
            section #fates hidden { h2 { (words.say("fate-title")) } ul {} }
            section #log hidden { h2 { (words.say("log-title")) } p #log-state {} }
            form #more-form novalidate autocomplete="off" {
                h2 { label for="more" { (words.say("more-title")) } }
                p.error #more-error role="alert" tabindex="-1" hidden {}
                p.box #more-sent role="status" tabindex="-1" hidden { (words.say("more-sent")) }
                p.hint #more-hint { (words.say("what-hint")) }
                textarea #more rows="5" aria-describedby="more-hint" autocomplete="off" {}
                div.go { button type="submit" { (words.say("send")) } }
            }
            form #withdraw-form novalidate autocomplete="off" {
                h2 { (words.say("withdraw-title")) }
                p.error #withdraw-error role="alert" tabindex="-1" hidden {}
                p { (words.say("withdraw-text")) }
                label.choice { input #withdraw-sure type="checkbox"; (words.say("withdraw-sure")) }
                div.go { button.second type="submit" { (words.say("withdraw-title")) } }
            }
        }
        section #withdrawn hidden { h1 { (words.say("withdraw-done")) } }
        (facts(bundle, language, words, (&RETURN_SENTENCES, &["/back.wasm", "/keys.bin"], true)))
    }
}
