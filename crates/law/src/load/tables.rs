//! `pack.toml` and the vocabulary files.

use std::collections::BTreeMap;

use serde::{Deserialize, de::DeserializeOwned};
use toml::Spanned;

use crate::{
    facts::{Form, Law as CrimeLaw, never_asked},
    load::{Head, PackFiles, Problems, line_of},
    vocabulary::{
        Act, Agency, Document, Facility, FactSpec, FactType, FederalImmigrationAuthority, Holidays,
        ImmigrationEnforcement, Invariant, Parameter, Proxy, Requester, Statute, ViolentOrSerious, Vocabulary,
    },
};

/// The only format of pack that this reader knows.
const FORMAT: i64 = 1;

/// Reads `pack.toml`.
pub(super) fn head(files: &PackFiles, problems: &mut Problems) -> Option<Head> {
    let file = "pack.toml";
    // An unknown format may have unknown keys, so it is looked at first.
    #[derive(Deserialize)]
    struct Format {
        format: Option<i64>,
    }
    let text = text_of(files, file, problems)?;
    let format: Format = parse(file, text, problems)?;
    match format.format {
        Some(FORMAT) => {}
        Some(other) => {
            problems.add(file, 0, format!("`format = {other}` is not known; this program reads format {FORMAT}"));
            return None;
        }
        None => {
            problems.add(file, 0, format!("`format` is missing; write `format = {FORMAT}`"));
            return None;
        }
    }
    let mut head: Head = parse(file, text, problems)?;
    debug_assert_eq!(head.format, FORMAT);
    for (name, value) in
        [("id", &head.id), ("version", &head.version), ("title", &head.title), ("time_zone", &head.time_zone)]
    {
        if value.trim().is_empty() {
            problems.add(file, 0, format!("`{name}` is empty"));
        }
    }
    if head.read_until < head.covers_from {
        problems.add(file, 0, "`read_until` is before `covers_from`");
    }
    head.text = text.to_owned();
    Some(head)
}

/// Reads every file of `vocabulary/`. What cannot be read is left out, with its problem.
pub(super) fn vocabulary(files: &PackFiles, problems: &mut Problems) -> Vocabulary {
    #[derive(Deserialize)]
    #[serde(deny_unknown_fields)]
    struct Agencies {
        #[serde(default)]
        agency: Vec<Spanned<Agency>>,
    }
    #[derive(Deserialize)]
    #[serde(deny_unknown_fields)]
    struct Acts {
        #[serde(default)]
        act: Vec<Spanned<Act>>,
    }
    #[derive(Deserialize)]
    #[serde(deny_unknown_fields)]
    struct Requesters {
        #[serde(default)]
        requester: Vec<Spanned<Requester>>,
        #[serde(default)]
        federal_immigration_authority: Vec<FederalImmigrationAuthority>,
    }
    #[derive(Deserialize)]
    #[serde(deny_unknown_fields)]
    struct Documents {
        #[serde(default)]
        document: Vec<Spanned<Document>>,
    }
    #[derive(Deserialize)]
    #[serde(deny_unknown_fields)]
    struct Statutes {
        #[serde(default)]
        statute: Vec<Spanned<Statute>>,
        #[serde(default)]
        immigration_enforcement: Vec<ImmigrationEnforcement>,
    }
    #[derive(Deserialize)]
    #[serde(deny_unknown_fields)]
    struct FactsFile {
        #[serde(default)]
        fact: Vec<Spanned<FactSpec>>,
        #[serde(default)]
        invariant: Vec<Invariant>,
    }
    #[derive(Deserialize)]
    #[serde(deny_unknown_fields)]
    struct Parameters {
        #[serde(default)]
        parameter: Vec<Spanned<Parameter>>,
    }
    #[derive(Deserialize)]
    #[serde(deny_unknown_fields)]
    struct Proxies {
        #[serde(default)]
        proxy: Vec<Spanned<Proxy>>,
    }
    #[derive(Deserialize)]
    #[serde(deny_unknown_fields)]
    struct Facilities {
        #[serde(default)]
        facility: Vec<Spanned<Facility>>,
    }

    let mut vocabulary = Vocabulary::default();
    if let Some((file, read)) = table::<Agencies>(files, "agencies", true, problems) {
        vocabulary.agencies = listed(&file, read.agency, "agency", |agency| agency.id.clone(), problems);
    }
    if let Some((file, read)) = table::<Acts>(files, "acts", true, problems) {
        vocabulary.acts = listed(&file, read.act, "act", |act| act.id.clone(), problems);
    }
    if let Some((file, read)) = table::<Requesters>(files, "requesters", true, problems) {
        vocabulary.requesters = listed(&file, read.requester, "requester", |it| it.id.clone(), problems);
        vocabulary.federal_immigration_authority = read.federal_immigration_authority;
    }
    if let Some((file, read)) = table::<Documents>(files, "documents", true, problems) {
        vocabulary.documents = listed(&file, read.document, "document", |it| it.id.clone(), problems);
    }
    if let Some((file, read)) = table::<Statutes>(files, "statutes", true, problems) {
        vocabulary.statutes = listed(&file, read.statute, "statute", |it| it.id.clone(), problems);
        vocabulary.immigration_enforcement = read.immigration_enforcement;
    }
    if let Some((file, read)) = table::<FactsFile>(files, "facts", true, problems) {
        for fact in &read.fact {
            check_fact(&file, fact, problems);
        }
        vocabulary.facts = listed(&file, read.fact, "fact", |fact| fact.name.clone(), problems);
        vocabulary.invariants = read.invariant;
    }
    if let Some((file, read)) = table::<Parameters>(files, "parameters", false, problems) {
        vocabulary.parameters = parameters(&file, read.parameter, problems);
    }
    if let Some((_, read)) = table::<Holidays>(files, "holidays", false, problems) {
        vocabulary.holidays = read;
    }
    if let Some((file, read)) = table::<Proxies>(files, "proxies", false, problems) {
        for proxy in read.proxy {
            let line = file.line(proxy.span().start);
            let proxy = proxy.into_inner();
            if !vocabulary.statutes.contains_key(&proxy.statute) {
                problems.add(&file.name, line, format!("`{}` is no statute of statutes.toml", proxy.statute));
            }
            vocabulary.proxies.push(proxy);
        }
    }
    if let Some((file, read)) = table::<Facilities>(files, "facilities", false, problems) {
        for facility in read.facility {
            let line = file.line(facility.span().start);
            let facility = facility.into_inner();
            if !vocabulary.agencies.contains_key(&facility.agency) {
                problems.add(&file.name, line, format!("`{}` is no agency of agencies.toml", facility.agency));
            }
            vocabulary.facilities.push(facility);
        }
    }
    if let Some((file, read)) = table::<ViolentOrSerious>(files, "violent_or_serious_crimes", false, problems) {
        for form in read.inchoate.keys().filter(|form| Form::parse(form).is_none()) {
            problems.add(&file.name, 0, format!("`inchoate.{form}` is no form of crime"));
        }
        for added in read.added.iter().filter(|added| CrimeLaw::parse(&added.law).is_none()) {
            problems.add(&file.name, 0, format!("`law = \"{}\"` of an added crime is no law", added.law));
        }
        if read.hash_differs() {
            problems.add(&file.name, 0, "`penal_law` is not the list of which `penal_law_sha256` is the hash");
        }
        vocabulary.violent_or_serious = read;
    }
    vocabulary
}

/// The name and text of a file, to turn places into lines.
struct Named {
    name: String,
    text: String,
}

impl Named {
    fn line(&self, at: usize) -> usize {
        line_of(&self.text, at)
    }
}

fn table<T: DeserializeOwned>(
    files: &PackFiles,
    name: &str,
    needed: bool,
    problems: &mut Problems,
) -> Option<(Named, T)> {
    let file = format!("vocabulary/{name}.toml");
    if !needed && !files.0.contains_key(&file) {
        return None;
    }
    let text = text_of(files, &file, problems)?;
    let read = parse(&file, text, problems)?;
    Some((Named { name: file, text: text.to_owned() }, read))
}

/// The text of a file; a missing file and bytes that are no text are problems.
fn text_of<'a>(files: &'a PackFiles, file: &str, problems: &mut Problems) -> Option<&'a str> {
    let Some(bytes) = files.0.get(file) else {
        problems.add(file, 0, "the file is missing");
        return None;
    };
    match std::str::from_utf8(bytes) {
        Ok(text) => Some(text),
        Err(error) => {
            problems.add(file, 0, format!("the file is not UTF-8 text after byte {}", error.valid_up_to()));
            None
        }
    }
}

fn parse<T: DeserializeOwned>(file: &str, text: &str, problems: &mut Problems) -> Option<T> {
    match toml::from_str(text) {
        Ok(read) => Some(read),
        Err(error) => {
            let line = error.span().map_or(0, |span| line_of(text, span.start));
            problems.add(file, line, error.message().trim_end().replace('\n', "; "));
            None
        }
    }
}

fn listed<K: Ord + AsRef<str>, T>(
    file: &Named,
    entries: Vec<Spanned<T>>,
    kind: &str,
    key: impl Fn(&T) -> K,
    problems: &mut Problems,
) -> BTreeMap<K, T> {
    let mut map = BTreeMap::new();
    for entry in entries {
        let line = file.line(entry.span().start);
        let entry = entry.into_inner();
        let name = key(&entry);
        let text = name.as_ref();
        if text.is_empty() || !text.chars().all(|c| c.is_ascii_alphanumeric() || matches!(c, '_' | '-' | '.')) {
            problems.add(&file.name, line, format!("`{text}` is no name: use letters, digits, `_`, `-` and `.`"));
        }
        if let Some(reason) = never_asked(text) {
            problems.add(&file.name, line, format!("{kind} `{text}` is refused: {reason}"));
        }
        let again = format!("{kind} `{text}` stands twice");
        if map.insert(name, entry).is_some() {
            problems.add(&file.name, line, again);
        }
    }
    map
}

fn check_fact(file: &Named, fact: &Spanned<FactSpec>, problems: &mut Problems) {
    let line = file.line(fact.span().start);
    let fact = fact.get_ref();
    let name = &fact.name;
    let mut say = |message: String| problems.add(&file.name, line, format!("fact `{name}`: {message}"));
    let identifier = name.as_str().chars().all(|c| c.is_ascii_alphanumeric() || c == '_')
        && name.as_str().chars().next().is_some_and(|c| c.is_ascii_alphabetic());
    if !identifier {
        say("a fact's name is letters, digits and `_`, and begins with a letter".into());
    }
    if fact.question.trim().is_empty() {
        say("`question` is empty".into());
    }
    if fact.ask_of.trim().is_empty() {
        say("`ask_of` is empty".into());
    }
    if !(1..=5).contains(&fact.cost) {
        say(format!("`cost = {}` is not from 1 to 5", fact.cost));
    }
    if !fact.kind.is_read_by_rules() {
        return;
    }
    if fact.unknown.as_deref().unwrap_or_default().trim().is_empty() {
        say("the sentence `unknown` is missing".into());
    }
    match fact.kind {
        FactType::Bool => {
            for (key, sentence) in [("yes", &fact.yes), ("no", &fact.no)] {
                if sentence.as_deref().unwrap_or_default().trim().is_empty() {
                    say(format!("the sentence `{key}` is missing"));
                }
            }
        }
        FactType::Enum => {
            if fact.values.len() < 2 || fact.values.len() > crate::kernel::diagram::MOST_VALUES {
                say(format!("`values` has {} names; an enum has from 2 to 64", fact.values.len()));
            }
            for value in fact.values.iter().filter(|value| !fact.says.contains_key(*value)) {
                say(format!("`says.{value}`, the sentence of that value, is missing"));
            }
            for value in fact.says.keys().filter(|value| !fact.values.contains(value)) {
                say(format!("`says.{value}` has no such value in `values`"));
            }
        }
        FactType::Number => {
            if fact.unit.is_none() {
                say("`unit` is missing".into());
            }
            if fact.noun.is_none() {
                say("`noun`, what is counted, is missing".into());
            }
        }
        FactType::Date | FactType::Datetime | FactType::Convictions => {}
    }
}

fn parameters(file: &Named, entries: Vec<Spanned<Parameter>>, problems: &mut Problems) -> Vec<Parameter> {
    let mut read: Vec<Parameter> = Vec::new();
    for entry in entries {
        let line = file.line(entry.span().start);
        let entry = entry.into_inner();
        if entry.days.is_inverted() {
            problems.add(&file.name, line, format!("parameter `{}` ends before it begins", entry.name));
        }
        if entry.citation.trim().is_empty() {
            problems.add(&file.name, line, format!("parameter `{}` has an empty `citation`", entry.name));
        }
        if read.iter().any(|other| other.name == entry.name && other.days.overlaps(&entry.days)) {
            problems.add(&file.name, line, format!("parameter `{}` has two values on the same days", entry.name));
        }
        read.push(entry);
    }
    read
}
