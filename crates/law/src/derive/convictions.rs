//! "Convicted of a violent or serious crime": 9-131(a)(2), 14-154(a)(2), 9-205(a) by reference.
//!
//! A judgment counts within the window when it was entered less than five years before the instant arrest, the time incarcerated
//! for a violent or serious crime between its commission and that arrest left out and added. In days:
//! `cutoff = arrest - years - days in custody`; the judgment counts when it is dated after the cutoff; to the day does not count.
//!
//! Where a reading of the words decides, the answer is [`Verdict::Disputed`] and goes to counsel: jail before judgment, custody for a
//! crime that is no conviction or was elsewhere, subtracting days before years or adding them to the judgment instead, 29 February.
//! 14-154(a)(2) has, for its 48-hour rule, no time limit: [`Search::ever`].

use jiff::{Span, civil::Date};

use super::{Verdict, crimes::violent_or_serious};
use crate::{
    facts::{Conviction, Entry, Law},
    vocabulary::ViolentOrSerious,
};

/// What a list of entries comes to, with a sentence for every step.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Search {
    /// Convicted of a violent or serious crime within the window.
    pub in_window: Verdict,
    /// How the window's answer came about.
    pub in_window_because: Vec<String>,
    /// Convicted of a violent or serious crime at any time.
    pub ever: Verdict,
    /// How that answer came about.
    pub ever_because: Vec<String>,
}

/// What the list of entries comes to on the day of the question.
///
/// `years` is the window's length, `instant_arrest` the day of the arrest in the present case; without them the window's answer
/// is open unless no entry can count.
#[must_use]
pub fn search(
    list: &ViolentOrSerious,
    convictions: &[Conviction],
    instant_arrest: Option<Date>,
    years: Option<i64>,
    on: Date,
) -> Search {
    let judged: Vec<Judged> = convictions.iter().map(|conviction| Judged::of(list, conviction, on)).collect();
    let mut found =
        Search { in_window: Verdict::No, in_window_because: Vec::new(), ever: Verdict::No, ever_because: Vec::new() };
    if convictions.is_empty() {
        let none = "the search found no conviction".to_owned();
        found.in_window_because.push(none.clone());
        found.ever_because.push(none);
    }
    let window = Window::new(&judged, instant_arrest, years, on);
    for it in &judged {
        let source = &it.conviction.source;
        found.ever = found.ever.strongest(it.counts);
        found.ever_because.push(format!("{source}: {}", it.why));
        let (verdict, why) = if it.counts == Verdict::No { (Verdict::No, String::new()) } else { window.of(it) };
        found.in_window = found.in_window.strongest(verdict.and(it.counts));
        let joined = if why.is_empty() { it.why.clone() } else { format!("{}; {why}", it.why) };
        found.in_window_because.push(format!("{source}: {joined}"));
    }
    found
}

/// An entry, with whether it is a conviction of a violent or serious crime, time left aside.
struct Judged<'a> {
    conviction: &'a Conviction,
    /// Whether the crime is a violent or serious one, conviction or not: its custody may count.
    crime: Verdict,
    counts: Verdict,
    why: String,
}

impl<'a> Judged<'a> {
    fn of(list: &ViolentOrSerious, conviction: &'a Conviction, on: Date) -> Self {
        let (crime, why_crime) = violent_or_serious(list, conviction, on);
        let entry = conviction.entry.or(conviction.judgment_date.map(|_| Entry::Judgment));
        let no_conviction = |why: &str| (Verdict::No, why.to_owned());
        let (counts, why) = match entry {
            Some(Entry::Judgment) => match impossible(conviction, on) {
                Some(why) if crime != Verdict::No => (Verdict::Unknown, why),
                _ => (crime, why_crime),
            },
            Some(Entry::AwaitingSentence) => {
                no_conviction("no sentence yet, and a judgment is conviction and sentence")
            }
            Some(Entry::PendingCharge) => no_conviction("a pending charge is no conviction"),
            Some(Entry::Arrest) => no_conviction("an arrest is no conviction"),
            Some(Entry::Warrant) => no_conviction("an open warrant is no conviction"),
            Some(Entry::GangEntry) => no_conviction("an entry in a gang database is no conviction"),
            Some(Entry::RemovalOrder) => no_conviction("a removal order is no conviction"),
            Some(Entry::YouthfulOffender) => no_conviction("a youthful offender adjudication does not count"),
            Some(Entry::JuvenileFinding) => no_conviction("a juvenile finding does not count"),
            Some(Entry::Vacated) => {
                no_conviction("the judgment was vacated and does not stand, until counsel says otherwise")
            }
            Some(Entry::Reversed) => {
                no_conviction("the judgment was reversed and does not stand, until counsel says otherwise")
            }
            None if crime == Verdict::No => (crime, why_crime),
            None => (Verdict::Unknown, "it is not known whether this is a judgment".into()),
        };
        Self { conviction, crime, counts, why }
    }
}

/// Dates that cannot be: the record must be looked at again.
fn impossible(conviction: &Conviction, on: Date) -> Option<String> {
    let judgment = conviction.judgment_date?;
    if judgment > on {
        return Some(format!(
            "the judgment is dated {judgment}, after the day of the question ({on}): check the record"
        ));
    }
    let crime = conviction.crime_date.filter(|crime| *crime > judgment)?;
    Some(format!("the crime is dated {crime}, after the judgment ({judgment}): check the record"))
}

/// How sure it is that a period counts as time incarcerated for a violent or serious crime.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Sure {
    Certain,
    /// A reading of the words decides.
    Disputed,
    /// A fact is missing.
    Unknown,
}

struct Window {
    arrest: Option<Date>,
    years: Option<i64>,
    on: Date,
    periods: Vec<(Sure, Date, Date)>,
}

impl Window {
    fn new(judged: &[Judged<'_>], arrest: Option<Date>, years: Option<i64>, on: Date) -> Self {
        let mut periods = Vec::new();
        let Some(until) = arrest else { return Self { arrest, years, on, periods } };
        for it in judged {
            let conviction = it.conviction;
            let base = match (it.crime, it.counts) {
                (Verdict::No, _) => continue,
                (Verdict::Unknown, _) | (_, Verdict::Unknown) => Sure::Unknown,
                (Verdict::Disputed, _) | (_, Verdict::Disputed | Verdict::No) => Sure::Disputed,
                (Verdict::Yes, Verdict::Yes) if matches!(conviction.law, Some(Law::Federal | Law::OtherState)) => {
                    Sure::Disputed
                }
                (Verdict::Yes, Verdict::Yes) => Sure::Certain,
            };
            for custody in &conviction.custody {
                let from = conviction.crime_date.map_or(custody.from, |crime| crime.max(custody.from));
                let to = custody.to.unwrap_or(until).min(until);
                // What lies before the judgment is jail, of which it is arguable whether it is "for" the crime.
                let (jail, sentence) = match conviction.judgment_date {
                    Some(judgment) => ((from, to.min(judgment)), (from.max(judgment), to)),
                    None => ((from, to), (to, to)),
                };
                periods.push((base.max(Sure::Disputed), jail.0, jail.1));
                periods.push((base, sentence.0, sentence.1));
            }
        }
        periods.retain(|(_, from, to)| from < to);
        periods.sort_by_key(|(_, from, to)| (*from, *to));
        Self { arrest, years, on, periods }
    }

    /// The days in the periods of these kinds, days in two of them counted once.
    fn days(&self, counted: &[Sure]) -> i64 {
        let (mut total, mut end) = (0, Date::MIN);
        for (_, from, to) in self.periods.iter().filter(|(sure, ..)| counted.contains(sure)) {
            let from = (*from).max(end);
            if from < *to {
                total += i64::from((*to - from).get_days());
                end = *to;
            }
        }
        total
    }

    fn of(&self, it: &Judged<'_>) -> (Verdict, String) {
        let (Some(arrest), Some(judgment), Some(years)) = (self.arrest, it.conviction.judgment_date, self.years) else {
            let missing = match (self.arrest, it.conviction.judgment_date) {
                (None, _) => "the day of the instant arrest is not known",
                (_, None) => "the day of the judgment is not known",
                _ => "the length of the window is not in force on this day",
            };
            return (Verdict::Unknown, missing.into());
        };
        if impossible(it.conviction, self.on).is_some() {
            return (Verdict::Unknown, "its dates settle nothing".into());
        }
        if arrest > self.on {
            let why = format!(
                "the instant arrest is dated {arrest}, after the day of the question ({}): check the record",
                self.on
            );
            return (Verdict::Unknown, why);
        }
        let certain = self.days(&[Sure::Certain]);
        let read = |counted: &[Sure]| after_cutoff(judgment, arrest, years, self.days(counted));
        let (least, arguable) = (read(&[Sure::Certain]), read(&[Sure::Certain, Sure::Disputed]));
        let (missing, most) =
            (read(&[Sure::Certain, Sure::Unknown]), read(&[Sure::Certain, Sure::Disputed, Sure::Unknown]));
        let sum =
            |days: i64| format!("judgment {judgment}, arrest {arrest} less {years} years less {days} days in custody");
        if least == Verdict::Yes {
            return (Verdict::Yes, format!("{}: within the window", sum(certain)));
        }
        if most == Verdict::No {
            let days = self.days(&[Sure::Certain, Sure::Disputed, Sure::Unknown]);
            return (Verdict::No, format!("{}: before the window, or to the day", sum(days)));
        }
        // Facts first: what a missing fact could settle is not yet counsel's.
        if least == Verdict::No && arguable == Verdict::No || missing == Verdict::Yes {
            return (Verdict::Unknown, format!("{}: custody that is not fully known could decide", sum(certain)));
        }
        let why = if least == arguable {
            "the order in which years and days are taken off, or 29 February, decides"
        } else {
            "time in jail before judgment, or custody for a crime that counts only on one reading, decides"
        };
        (Verdict::Disputed, format!("{}: {why}, which is for counsel", sum(certain)))
    }
}

/// Whether the judgment is after the cutoff in every way of reckoning; if they differ, for counsel.
///
/// The ways: years then days, days then years, taken off the arrest or put on the judgment, and a 29 February that has no like in the
/// other year taken as 28 February or as 1 March.
fn after_cutoff(judgment: Date, arrest: Date, years: i64, days: i64) -> Verdict {
    let way = |start: Date, sign: i64, days_first: bool, roll: bool| -> Option<Date> {
        let shift_days = |date: Date| date.checked_add(Span::new().try_days(sign * days).ok()?).ok();
        let shift_years = |date: Date| {
            let shifted = date.checked_add(Span::new().try_years(sign * years).ok()?).ok()?;
            if roll && shifted.day() != date.day() { shifted.tomorrow().ok() } else { Some(shifted) }
        };
        if days_first { shift_years(shift_days(start)?) } else { shift_days(shift_years(start)?) }
    };
    let (mut yes, mut no) = (false, false);
    for days_first in [false, true] {
        for roll in [false, true] {
            // A cutoff before the calendar's first year is before every judgment.
            let back = way(arrest, -1, days_first, roll).is_none_or(|cutoff| judgment > cutoff);
            let forth = way(judgment, 1, days_first, roll).is_none_or(|end| end > arrest);
            yes |= back || forth;
            no |= !back || !forth;
        }
    }
    match (yes, no) {
        (true, false) => Verdict::Yes,
        (false, _) => Verdict::No,
        (true, true) => Verdict::Disputed,
    }
}

#[cfg(test)]
mod tests;
