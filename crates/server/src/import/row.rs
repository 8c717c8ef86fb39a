//! A detainer as a released row says it: parsed once, in closed codes, or refused with its column and reason.
//!
//! What a row says about the person beyond an anonymised key is the requester's assertion and stays one: criminality, the
//! code of a charge, the reasons of the form in the codes of § 9-131(f)(1). A yes-or-no column is read only as YES or NO,
//! a day only as a day. A word of the release that has no code here makes the row bad, because guessing it would be worse.

use jiff::civil::Date;
use record::first_16;
use sha2::{Digest, Sha256};

use super::{
    BadRow, RawRow,
    date::{self, shorten},
    release::{self, Fate, Field, Header, Table},
};

/// The form on which a detainer was lodged.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Form {
    /// I-247, in use to 2015: hold and tell.
    I247,
    /// I-247D, 2015 to 2017: hold.
    I247D,
    /// I-247N, 2015 to 2017: tell of the release.
    I247N,
    /// I-247X, 2015 to 2017: custody for other reasons.
    I247X,
    /// I-247A, from 2017: hold and tell.
    I247A,
    /// The release does not say.
    NotSaid,
}

impl Form {
    /// Its code, as it stands in keys; empty when the release does not say.
    #[must_use]
    pub fn code(self) -> &'static str {
        match self {
            Self::I247 => "i247",
            Self::I247D => "i247d",
            Self::I247N => "i247n",
            Self::I247X => "i247x",
            Self::I247A => "i247a",
            Self::NotSaid => "",
        }
    }
}

/// What the requester says of the person's record. An assertion, never the city's own search.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Criminality {
    /// Convicted of something.
    Convicted,
    /// Charged with something.
    Charged,
    /// Neither.
    Neither,
}

impl Criminality {
    /// Its code.
    #[must_use]
    pub fn code(self) -> &'static str {
        match self {
            Self::Convicted => "convicted",
            Self::Charged => "charged",
            Self::Neither => "neither",
        }
    }
}

/// One detainer as a release says it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DetainerRow {
    /// The row's number in the released file: its column in an extract, else its place.
    pub number: u64,
    /// Where the row begins in the file that was read.
    pub line: u64,
    /// The day on which it was prepared.
    pub day: Date,
    /// The form.
    pub form: Form,
    /// The facility or landmark, as the agency writes it.
    pub facility: Option<String>,
    /// Its city.
    pub city: Option<String>,
    /// Its state.
    pub state: Option<String>,
    /// What became of it; `None` = pending, or no paper filed.
    pub fate: Option<Fate>,
    /// Asserted: convicted, charged or neither.
    pub criminality: Option<Criminality>,
    /// Asserted: the code of the most serious conviction.
    pub charge_code: Option<String>,
    /// Asserted: the day of that conviction.
    pub conviction_day: Option<Date>,
    /// Asserted on the form: an order of removal.
    pub removal_order: bool,
    /// Asserted on the form: proceedings begun and the charging document served.
    pub charging_document: bool,
    /// Asserted on the form: a warrant of arrest for removal proceedings served.
    pub arrest_warrant: bool,
    /// Asserted on the form: biometrics or statements, on which the belief rests that the person may be removed.
    pub belief: bool,
    /// Asserted: re-entry after an earlier removal. `None` = the release is silent.
    pub reentry: Option<bool>,
    /// The form asks to be told of the release. `None` = the release is silent.
    pub notify_asked: Option<bool>,
    /// The agency's anonymised key of the person.
    pub person: Option<String>,
}

/// What a row turned out to be.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Parsed {
    /// A detainer.
    Detainer(Box<DetainerRow>),
    /// Something else: an encounter or an arrest that is no request to another agency.
    OutsideScope,
}

/// Parses one row under its header.
///
/// # Errors
/// The first thing that is wrong, with its column.
pub fn parse(header: &Header, raw: &RawRow) -> Result<Parsed, BadRow> {
    width(header, raw)?;
    let row = Cells { header, raw };
    match header.release.table {
        Table::Arrests => return Ok(Parsed::OutsideScope),
        Table::Encounters
            if !row.text(Field::ProcessingDisposition).is_some_and(|it| it.eq_ignore_ascii_case("detainer")) =>
        {
            return Ok(Parsed::OutsideScope);
        }
        Table::Encounters | Table::Detainers => {}
    }
    let day = row.day(Field::Day)?.ok_or_else(|| row.bad(Field::Day, "the row names no day".to_owned()))?;
    let order_in_case = row.yes(Field::FinalOrder)? == Some(true);
    // An order of the case counts as asserted by the detainer only when it is dated and not later than it.
    let order_before = row.past(Field::FinalOrderDay, day)?.is_some_and(|order| order <= day);
    let warrant_before = row.past(Field::ArrestWarrantDay, day)?.is_some_and(|warrant| warrant <= day);
    Ok(Parsed::Detainer(Box::new(DetainerRow {
        number: row.number()?,
        line: raw.row,
        day,
        form: row.form()?,
        facility: row.words(Field::Facility),
        city: row.words(Field::City),
        state: row.words(Field::State),
        fate: row.fate()?,
        criminality: row.criminality()?,
        charge_code: row.charge_code()?,
        conviction_day: row.past(Field::ConvictionDay, day)?,
        removal_order: row.yes(Field::OrderAsserted)? == Some(true) || (order_in_case && order_before),
        charging_document: row.yes(Field::ChargingDocumentAsserted)? == Some(true),
        arrest_warrant: row.yes(Field::ArrestWarrantAsserted)? == Some(true) || warrant_before,
        belief: row.yes(Field::BiometricMatchAsserted)? == Some(true)
            || row.yes(Field::StatementsAsserted)? == Some(true),
        reentry: row.yes(Field::ReentryAsserted)?,
        notify_asked: row.yes(Field::NotifyAsked)?,
        person: row.words(Field::Person),
    })))
}

/// A row has the header's columns, or more that are empty.
fn width(header: &Header, raw: &RawRow) -> Result<(), BadRow> {
    let (has, wants) = (raw.cells.len(), header.names.len());
    let more = raw.cells.iter().skip(wants).any(|cell| !cell.trim().is_empty());
    if has < wants || more {
        let reason = format!("the row has {has} cells and the header {wants} columns");
        return Err(BadRow { row: raw.row, column: None, reason });
    }
    Ok(())
}

struct Cells<'a> {
    header: &'a Header,
    raw: &'a RawRow,
}

impl Cells<'_> {
    fn bad(&self, field: Field, reason: String) -> BadRow {
        BadRow { row: self.raw.row, column: self.header.name(field), reason }
    }

    fn text(&self, field: Field) -> Option<&str> {
        self.header.cell(field, &self.raw.cells).filter(|cell| !cell.is_empty())
    }

    /// Words as the agency writes them, white space made single.
    fn words(&self, field: Field) -> Option<String> {
        self.text(field).map(|text| text.split_whitespace().collect::<Vec<_>>().join(" "))
    }

    fn day(&self, field: Field) -> Result<Option<Date>, BadRow> {
        self.text(field).map(date::parse).transpose().map_err(|reason| self.bad(field, reason))
    }

    fn past(&self, field: Field, detainer: Date) -> Result<Option<Date>, BadRow> {
        let day = self.text(field).map(|text| date::past(text, detainer)).transpose();
        day.map_err(|reason| self.bad(field, reason))
    }

    fn yes(&self, field: Field) -> Result<Option<bool>, BadRow> {
        match self.text(field) {
            None => Ok(None),
            Some(text) if text.eq_ignore_ascii_case("yes") => Ok(Some(true)),
            Some(text) if text.eq_ignore_ascii_case("no") => Ok(Some(false)),
            Some(text) => Err(self.bad(field, format!("`{}` is neither YES nor NO", shorten(text)))),
        }
    }

    fn number(&self) -> Result<u64, BadRow> {
        match self.text(Field::RowOriginal) {
            None => Ok(self.raw.row),
            Some(text) => text
                .parse()
                .ok()
                .filter(|number| *number > 0)
                .ok_or_else(|| self.bad(Field::RowOriginal, format!("`{}` is no row number", shorten(text)))),
        }
    }

    fn form(&self) -> Result<Form, BadRow> {
        let Some(text) = self.text(Field::DetainerType) else { return Ok(Form::NotSaid) };
        let name = text.split([' ', '-']).next().unwrap_or(text).to_ascii_uppercase();
        match name.as_str() {
            "I247" => Ok(Form::I247),
            "I247D" => Ok(Form::I247D),
            "I247N" => Ok(Form::I247N),
            "I247X" => Ok(Form::I247X),
            "I247A" => Ok(Form::I247A),
            _ => Err(self.bad(
                Field::DetainerType,
                format!("`{}` is no form of detainer known here (I247, I247D, I247N, I247X, I247A)", shorten(text)),
            )),
        }
    }

    fn fate(&self) -> Result<Option<Fate>, BadRow> {
        let Some(text) = self.text(Field::LiftReason) else { return Ok(None) };
        release::fate(text).map(Some).ok_or_else(|| {
            self.bad(
                Field::LiftReason,
                format!("`{}` has no code here; add it to the table of releases", shorten(text)),
            )
        })
    }

    fn criminality(&self) -> Result<Option<Criminality>, BadRow> {
        let Some(text) = self.text(Field::Criminality) else { return Ok(None) };
        match text.split_whitespace().next() {
            Some("1") => Ok(Some(Criminality::Convicted)),
            Some("2") => Ok(Some(Criminality::Charged)),
            Some("3") => Ok(Some(Criminality::Neither)),
            _ => Err(self.bad(Field::Criminality, format!("`{}` begins with none of 1, 2, 3", shorten(text)))),
        }
    }

    fn charge_code(&self) -> Result<Option<String>, BadRow> {
        let Some(text) = self.text(Field::ChargeCode) else { return Ok(None) };
        if text.len() > 6 || !text.bytes().all(|byte| byte.is_ascii_alphanumeric()) {
            return Err(self.bad(Field::ChargeCode, format!("`{}` is no code of a charge", shorten(text))));
        }
        Ok(Some(text.to_ascii_uppercase()))
    }
}

impl DetainerRow {
    /// SHA-256 over what the row says, cut to 128 bits: the same detainer in two extracts of one release has one.
    ///
    /// The row's place in the file is no part of it.
    #[must_use]
    pub fn content(&self) -> [u8; 16] {
        let code = |flag: Option<bool>| flag.map_or("", |flag| if flag { "y" } else { "n" }).to_owned();
        let text = |text: &Option<String>| text.clone().unwrap_or_default();
        // Every code here stands in keys of records already made: it may be added to and never changed.
        let said = [
            self.day.to_string(),
            self.form.code().to_owned(),
            text(&self.facility),
            text(&self.city),
            text(&self.state),
            self.fate.map_or("", Fate::code).to_owned(),
            self.criminality.map_or("", Criminality::code).to_owned(),
            text(&self.charge_code),
            self.conviction_day.map(|day| day.to_string()).unwrap_or_default(),
            text(&self.person),
            code(Some(self.removal_order)),
            code(Some(self.charging_document)),
            code(Some(self.arrest_warrant)),
            code(Some(self.belief)),
            code(self.reentry),
            code(self.notify_asked),
        ]
        .join("\u{1f}");
        first_16(Sha256::new().chain_update(b"vouchsafe import row v1\0").chain_update(said).finalize())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn cells(line: &str) -> RawRow {
        RawRow { row: 7, cells: line.split('|').map(str::to_owned).collect() }
    }

    fn read(header: &str, row: &str) -> Result<Parsed, BadRow> {
        parse(&Header::find(&cells(header)).unwrap(), &cells(row))
    }

    fn detainer(header: &str, row: &str) -> DetainerRow {
        match read(header, row).unwrap() {
            Parsed::Detainer(row) => *row,
            Parsed::OutsideScope => panic!("outside the scope"),
        }
    }

    const FY2015: &str = "row_original|prepare_date|detainer_type|facility|state|city|lift_reason";

    #[test]
    fn a_row_of_2015() {
        let row = detainer(
            FY2015,
            "5036|2014-11-03|I247 - Immigration Detainer - Notice of Action (as of March 2013)|RIKERS ISLAND,  QUEENS, NY|NEW YORK|ELMHURST|Detainer Declined by LEA",
        );
        assert_eq!((row.number, row.line, row.form, row.fate), (5036, 7, Form::I247, Some(Fate::Declined)));
        assert_eq!(row.facility.as_deref(), Some("RIKERS ISLAND, QUEENS, NY"));
        assert_eq!(row.criminality, None);
    }

    #[test]
    fn content_is_what_is_said_and_not_where() {
        let header = "prepare_date|detainer_type|facility|state|city|lift_reason|custodian_derived";
        let one = detainer(FY2015, "5036|2014-11-03|I247 - x|RIKERS|NEW YORK|ELMHURST|");
        let two = detainer(header, "11/3/14|I247 - x|RIKERS |NEW YORK|ELMHURST|NA|NYC_DOC");
        assert_eq!(one.content(), two.content());
        let other = detainer(FY2015, "5036|2014-11-03|I247 - x|RIKERS|NEW YORK|ELMHURST|Lifted");
        assert_ne!(one.content(), other.content());
    }

    #[test]
    fn what_is_wrong_is_named_with_its_column() {
        for (row, column, reason) in [
            ("5|2014-02-30|I247|X|NY|Y|", "prepare_date", "`2014-02-30` is no day of the calendar"),
            ("5||I247|X|NY|Y|", "prepare_date", "the row names no day"),
            ("5|(b)(6)|I247|X|NY|Y|", "prepare_date", "the row names no day"),
            ("5|2014-02-03|I-999|X|NY|Y|", "detainer_type", "`I-999` is no form"),
            ("0|2014-02-03|I247|X|NY|Y|", "row_original", "`0` is no row number"),
            ("5|2014-02-03|I247|X|NY|Y|Because", "lift_reason", "`Because` has no code here"),
        ] {
            let bad = read(FY2015, row).unwrap_err();
            assert_eq!((bad.row, bad.column.as_deref()), (7, Some(column)), "{row}");
            assert!(bad.reason.starts_with(reason), "{}", bad.reason);
        }
        assert_eq!(
            read(FY2015, "5|2014-02-03|I247").unwrap_err().reason,
            "the row has 3 cells and the header 7 columns"
        );
        assert!(read(FY2015, "5|2014-02-03|I247|X|NY|Y||more").is_err());
        assert!(read(FY2015, "5|2014-02-03|I247|X|NY|Y||  |").is_ok());
    }

    #[test]
    fn only_detainers_among_encounters() {
        let header = "file|row_original|event_date|landmark|processing_disposition|citizenship";
        assert_eq!(read(header, "F|20|2015-10-01||Prosecutorial Discretion|X").unwrap(), Parsed::OutsideScope);
        let row = detainer(header, "F|21|10/1/2015|CAP - QUEENS CENTRAL BOOKING NY State|Detainer|X");
        assert_eq!((row.number, row.form), (21, Form::NotSaid));
        assert!(!format!("{row:?}").contains('X'), "the dropped column is nowhere");
    }

    #[test]
    fn what_the_form_asserts_is_kept_in_codes() {
        let header = "detainer_prepare_date|detention_facility|detainer_prepared_criminality|msc_charge_code|msc_charge_date|msc_conviction_date|final_order_yes_no_33|final_order_date|deportation_ordered_yes_no|order_to_show_cause_served_yes_no|biometric_match_yes_no|illegal_reentry_yes_no|unique_identifier";
        let row = detainer(
            header,
            "2024-03-19|YAKIMA COUNTY|1 Convicted Criminal|35AB|35AB|2014-08-11|YES|2020-01-16|NO|NO|YES|NA|9e24",
        );
        assert!(row.removal_order && row.belief && !row.charging_document);
        assert_eq!(
            (row.criminality, row.charge_code.as_deref(), row.reentry),
            (Some(Criminality::Convicted), Some("35AB"), None)
        );
        let later = detainer(
            header,
            "2024-03-19|YAKIMA COUNTY|2 Pending Criminal Charges|NA|NA|NA|YES|2024-05-16|NO|YES|NO|YES|(b)(6)",
        );
        assert!(!later.removal_order && later.charging_document && later.person.is_none());
        let old = detainer(
            header,
            "2024-03-19|YAKIMA COUNTY|1 Convicted Criminal|35AB|35AB|1999-08-11|YES|2001-01-01|NO|NO|NO|NA|9e24",
        );
        assert!(old.removal_order, "an order may be older than the agency that tells of it");
        assert_eq!(later.reentry, Some(true));
        assert_eq!(
            read(header, "2024-03-19|Y|1 C|NA|NA|NA|PERHAPS|NA|NO|NO|NO|NA|x").unwrap_err().reason,
            "`PERHAPS` is neither YES nor NO"
        );
    }
}
