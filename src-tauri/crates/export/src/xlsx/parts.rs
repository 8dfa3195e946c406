//! The parts of a workbook that are not rows, as XML (ECMA-376, part 1), and what each column looks like.

use std::fmt::Write as _;

use crate::columns::HEADER;

/// The columns' letters: as many as there are columns, the body last.
pub(super) const LETTERS: [&str; 30] = [
    "A", "B", "C", "D", "E", "F", "G", "H", "I", "J", "K", "L", "M", "N", "O", "P", "Q", "R", "S", "T", "U", "V", "W",
    "X", "Y", "Z", "AA", "AB", "AC", "AD",
];

/// What a cell looks like: its place in [`STYLES`].
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Style {
    /// A whole number.
    Number,
    /// Text that stays text when it is edited: ids keep their zeros.
    Text,
    /// A date and a time of day.
    Time,
    /// The header.
    Head,
    /// Text of any length. As [`Self::Text`], but of no format, under which some versions of Excel show long texts as `###`.
    Prose,
}

impl Style {
    /// The attribute of a cell.
    pub(super) fn attribute(self) -> &'static str {
        match self {
            Self::Number => "",
            Self::Text => " s=\"1\"",
            Self::Time => " s=\"2\"",
            Self::Head => " s=\"3\"",
            Self::Prose => " s=\"4\"",
        }
    }
}

/// The columns' names.
fn names(with_body: bool) -> impl Iterator<Item = &'static str> {
    HEADER.split(',').chain(with_body.then_some("body"))
}

/// What the text cells of a column look like.
pub(super) fn style(column: usize) -> Style {
    // message, note and body: `the_long_columns_are_where_they_are_taken_for` holds them to it.
    if matches!(column, 15 | 28 | 29) { Style::Prose } else { Style::Text }
}

/// A column's width, in digits of the standard font.
fn width(name: &str) -> u32 {
    match name {
        "sequence" | "study_id" | "site_id" | "subject_id" | "upload_id" | "attempts" | "status" => 11,
        "received_at_utc"
        | "acknowledged_at_utc"
        | "first_epoch_utc"
        | "first_epoch_subject"
        | "last_epoch_utc"
        | "last_epoch_subject" => 28,
        "received_at_local" | "local_time_zone" | "subject_identifier" | "acknowledged_by" => 20,
        "message" | "note" | "delivery_id" | "event" => 38,
        "body_sha256" | "body" => 66,
        _ => 16,
    }
}

/// The letter of the last column.
fn last(with_body: bool) -> &'static str {
    LETTERS[names(with_body).count() - 1]
}

/// What the package is: read first by whoever opens it.
pub(super) const RELATIONS: &str = r#"<?xml version="1.0" encoding="UTF-8" standalone="yes"?>
<Relationships xmlns="http://schemas.openxmlformats.org/package/2006/relationships"><Relationship Id="rId1" Type="http://schemas.openxmlformats.org/officeDocument/2006/relationships/officeDocument" Target="xl/workbook.xml"/></Relationships>"#;

/// What [`Style`] chooses from.
pub(super) const STYLES: &str = r#"<?xml version="1.0" encoding="UTF-8" standalone="yes"?>
<styleSheet xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main"><numFmts count="1"><numFmt numFmtId="164" formatCode="yyyy\-mm\-dd\ hh:mm:ss"/></numFmts><fonts count="2"><font><sz val="11"/><name val="Calibri"/><family val="2"/></font><font><b/><sz val="11"/><name val="Calibri"/><family val="2"/></font></fonts><fills count="2"><fill><patternFill patternType="none"/></fill><fill><patternFill patternType="gray125"/></fill></fills><borders count="1"><border><left/><right/><top/><bottom/><diagonal/></border></borders><cellStyleXfs count="1"><xf numFmtId="0" fontId="0" fillId="0" borderId="0"/></cellStyleXfs><cellXfs count="5"><xf numFmtId="0" fontId="0" fillId="0" borderId="0" xfId="0"/><xf numFmtId="49" fontId="0" fillId="0" borderId="0" xfId="0" applyNumberFormat="1"/><xf numFmtId="164" fontId="0" fillId="0" borderId="0" xfId="0" applyNumberFormat="1"/><xf numFmtId="0" fontId="1" fillId="0" borderId="0" xfId="0" applyFont="1"/><xf numFmtId="0" fontId="0" fillId="0" borderId="0" xfId="0" quotePrefix="1"/></cellXfs><cellStyles count="1"><cellStyle name="Normal" xfId="0" builtinId="0"/></cellStyles></styleSheet>"#;

/// The name of the part a sheet (from 1) is.
pub(super) fn sheet_part(number: usize) -> String {
    format!("xl/worksheets/sheet{number}.xml")
}

/// What stands before a sheet's rows, its header row included.
pub(super) fn sheet_begin(number: usize, with_body: bool) -> String {
    let selected = if number == 1 { " tabSelected=\"1\"" } else { "" };
    let mut xml = format!(
        r#"<?xml version="1.0" encoding="UTF-8" standalone="yes"?>
<worksheet xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main"><sheetViews><sheetView{selected} workbookViewId="0"><pane ySplit="1" topLeftCell="A2" activePane="bottomLeft" state="frozen"/></sheetView></sheetViews><sheetFormatPr defaultRowHeight="15"/><cols>"#
    );
    for (place, name) in (1..).zip(names(with_body)) {
        let _ = write!(xml, r#"<col min="{place}" max="{place}" width="{}" customWidth="1"/>"#, width(name));
    }
    xml.push_str("</cols><sheetData><row r=\"1\">");
    for (letter, name) in LETTERS.iter().zip(names(with_body)) {
        let style = Style::Head.attribute();
        let _ = write!(xml, r#"<c r="{letter}1"{style} t="inlineStr"><is><t>{name}</t></is></c>"#);
    }
    xml.push_str("</row>");
    xml
}

/// What stands after a sheet's rows. `rows` with the header; Excel is told that ids are meant to be text.
pub(super) fn sheet_end(rows: u32, with_body: bool) -> String {
    let all = format!("A1:{}{rows}", last(with_body));
    format!(
        r#"</sheetData><autoFilter ref="{all}"/><ignoredErrors><ignoredError sqref="{all}" numberStoredAsText="1"/></ignoredErrors></worksheet>"#
    )
}

fn sheet_name(number: usize) -> String {
    if number == 1 { "Events".to_owned() } else { format!("Events {number}") }
}

/// The workbook: its sheets and, for their filters, the name Excel looks for. `rows` of each sheet with its header.
pub(super) fn workbook(rows: &[u32], with_body: bool) -> String {
    let mut xml = String::from(
        r#"<?xml version="1.0" encoding="UTF-8" standalone="yes"?>
<workbook xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main" xmlns:r="http://schemas.openxmlformats.org/officeDocument/2006/relationships"><bookViews><workbookView/></bookViews><sheets>"#,
    );
    for number in 1..=rows.len() {
        let name = sheet_name(number);
        let _ = write!(xml, r#"<sheet name="{name}" sheetId="{number}" r:id="rId{number}"/>"#);
    }
    xml.push_str("</sheets><definedNames>");
    for (place, rows) in rows.iter().enumerate() {
        let (name, last) = (sheet_name(place + 1), last(with_body));
        let _ = write!(
            xml,
            r#"<definedName name="_xlnm._FilterDatabase" localSheetId="{place}" hidden="1">'{name}'!$A$1:${last}${rows}</definedName>"#
        );
    }
    xml.push_str("</definedNames></workbook>");
    xml
}

/// Where the workbook's parts are.
pub(super) fn workbook_relations(sheets: usize) -> String {
    let mut xml = String::from(
        r#"<?xml version="1.0" encoding="UTF-8" standalone="yes"?>
<Relationships xmlns="http://schemas.openxmlformats.org/package/2006/relationships">"#,
    );
    for number in 1..=sheets {
        let _ = write!(
            xml,
            r#"<Relationship Id="rId{number}" Type="http://schemas.openxmlformats.org/officeDocument/2006/relationships/worksheet" Target="worksheets/sheet{number}.xml"/>"#
        );
    }
    let _ = write!(
        xml,
        r#"<Relationship Id="rId{}" Type="http://schemas.openxmlformats.org/officeDocument/2006/relationships/styles" Target="styles.xml"/></Relationships>"#,
        sheets + 1
    );
    xml
}

/// What kind each part is.
pub(super) fn content_types(sheets: usize) -> String {
    let mut xml = String::from(
        r#"<?xml version="1.0" encoding="UTF-8" standalone="yes"?>
<Types xmlns="http://schemas.openxmlformats.org/package/2006/content-types"><Default Extension="rels" ContentType="application/vnd.openxmlformats-package.relationships+xml"/><Default Extension="xml" ContentType="application/xml"/><Override PartName="/xl/workbook.xml" ContentType="application/vnd.openxmlformats-officedocument.spreadsheetml.sheet.main+xml"/><Override PartName="/xl/styles.xml" ContentType="application/vnd.openxmlformats-officedocument.spreadsheetml.styles+xml"/>"#,
    );
    for number in 1..=sheets {
        let _ = write!(
            xml,
            r#"<Override PartName="/{}" ContentType="application/vnd.openxmlformats-officedocument.spreadsheetml.worksheet+xml"/>"#,
            sheet_part(number)
        );
    }
    xml.push_str("</Types>");
    xml
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_long_columns_are_where_they_are_taken_for() {
        let long = |(column, _): &(usize, &str)| style(*column) == Style::Prose;
        let named: Vec<&str> = names(true).enumerate().filter(long).map(|(_, name)| name).collect();
        assert_eq!(named, ["message", "note", "body"]);
        assert_eq!(names(true).count(), LETTERS.len());
    }
}
