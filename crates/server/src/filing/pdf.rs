//! The filing for print: tagged after PDF/UA-1 (ISO 14289-1), so that it can be read aloud.
//!
//! Headings, paragraphs, lists and tables are tagged in reading order, table headings with their scope; the document has
//! its language, title and outline. Rules, repeated heads and page feet are artifacts. Noto Sans (OFL 1.1) is embedded as
//! the subset that is used. The same paper gives the same bytes: no date, no random id.
//!
//! Two steps: [`Layout`] breaks lines and pages, then pages are drawn and the tag tree is built of what was drawn.

use std::num::NonZeroU16;

use krilla::Document;
use krilla::configure::{Configuration, Validator};
use krilla::destination::XyzDestination;
use krilla::geom::{PathBuilder, Point};
use krilla::metadata::Metadata;
use krilla::outline::{Outline, OutlineNode};
use krilla::page::PageSettings;
use krilla::paint::Stroke;
use krilla::tagging::{
    ArtifactType, ContentTag, Identifier, ListNumbering, SpanTag, TableHeaderScope, Tag, TagGroup, TagTree,
};
use krilla::text::{Font, TextDirection};
use skrifa::MetadataProvider as _;

use super::Paper;
use super::paper::{PaperRow, PaperTable};
use crate::words::Words;

/// Why there is no PDF. Each is a fault of ours.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum PdfError {
    /// The embedded font cannot be read.
    #[error("the built-in font cannot be read")]
    Font,
    /// The writer refused, e.g. since a rule of PDF/UA-1 is broken.
    #[error("the document does not meet PDF/UA-1: {0}")]
    Refused(String),
}

const REGULAR: &[u8] = include_bytes!("../../assets/fonts/NotoSans-Regular.ttf");
const BOLD: &[u8] = include_bytes!("../../assets/fonts/NotoSans-Bold.ttf");

/// US Letter with margins of three quarters of an inch, in points.
const PAGE: (f32, f32) = (612.0, 792.0);
const MARGIN: f32 = 54.0;
const WIDTH: f32 = PAGE.0 - 2.0 * MARGIN;
/// The foot takes two lines below this.
const BOTTOM: f32 = PAGE.1 - 72.0;
const LEADING: f32 = 1.36;
const BODY: f32 = 9.5;
const TABLE: f32 = 8.5;
const PADDING: f32 = 3.0;

/// One weight of the face, to draw and to measure with.
struct Face {
    font: Font,
    /// Widths of the characters up to U+024F, as parts of the size; the rest is measured as wide as an em.
    widths: Vec<f32>,
}

impl Face {
    fn load(bytes: &'static [u8]) -> Result<Face, PdfError> {
        let read = skrifa::FontRef::new(bytes).map_err(|_| PdfError::Font)?;
        let metrics = read.glyph_metrics(skrifa::instance::Size::new(1.0), skrifa::instance::LocationRef::default());
        let glyphs = read.charmap();
        let width = |c: char| metrics.advance_width(glyphs.map(c).unwrap_or_default()).unwrap_or(1.0);
        let widths = ('\u{0}'..='\u{24f}').map(width).collect();
        Ok(Face { font: Font::new(bytes.to_vec().into(), 0).ok_or(PdfError::Font)?, widths })
    }

    fn width(&self, text: &str, size: f32) -> f32 {
        text.chars().map(|c| self.widths.get(c as usize).copied().unwrap_or(1.0)).sum::<f32>() * size
    }

    /// Breaks at spaces; a word that is wider than the line alone breaks where it must (a hash does).
    fn lines(&self, text: &str, size: f32, width: f32) -> Vec<String> {
        let mut lines = Vec::new();
        let mut line = String::new();
        for word in text.split_whitespace() {
            let longer = if line.is_empty() { word.to_owned() } else { format!("{line} {word}") };
            if self.width(&longer, size) <= width {
                line = longer;
                continue;
            }
            if !line.is_empty() {
                lines.push(std::mem::take(&mut line));
            }
            for character in word.chars() {
                line.push(character);
                if self.width(&line, size) > width {
                    line.pop();
                    lines.push(std::mem::take(&mut line));
                    line.push(character);
                }
            }
        }
        if !line.is_empty() || lines.is_empty() {
            lines.push(line);
        }
        lines
    }
}

/// A place in the tag tree: its tag, then either parts or what was drawn for it.
struct Branch {
    tag: krilla::tagging::TagKind,
    parts: Vec<usize>,
    drawn: Vec<Identifier>,
}

/// Something to draw on a page, at its baseline.
enum Mark {
    Text { x: f32, y: f32, size: f32, bold: bool, text: String, branch: Option<usize> },
    Rule { y: f32, weight: f32 },
}

/// Pages and the tag tree, as far as they are laid out.
struct Layout<'a> {
    regular: &'a Face,
    bold: &'a Face,
    pages: Vec<Vec<Mark>>,
    y: f32,
    tree: Vec<Branch>,
    roots: Vec<usize>,
    outline: Vec<(String, usize, f32)>,
}

impl Layout<'_> {
    fn face(&self, bold: bool) -> &Face {
        if bold { self.bold } else { self.regular }
    }

    fn branch(&mut self, tag: impl Into<krilla::tagging::TagKind>, parent: Option<usize>) -> usize {
        let at = self.tree.len();
        self.tree.push(Branch { tag: tag.into(), parts: Vec::new(), drawn: Vec::new() });
        match parent.and_then(|parent| self.tree.get_mut(parent)) {
            Some(parent) => parent.parts.push(at),
            None => self.roots.push(at),
        }
        at
    }

    fn mark(&mut self, mark: Mark) {
        if let Some(page) = self.pages.last_mut() {
            page.push(mark);
        }
    }

    fn next_page(&mut self) {
        self.pages.push(Vec::new());
        self.y = MARGIN;
    }

    /// Starts a new page unless `height` is left on this one.
    fn need(&mut self, height: f32) -> bool {
        let breaks = self.y + height > BOTTOM;
        if breaks {
            self.next_page();
        }
        breaks
    }

    /// Text of any length, which may run over pages.
    fn text(&mut self, text: &str, size: f32, bold: bool, indent: f32, branch: usize) {
        for line in self.face(bold).lines(text, size, WIDTH - indent) {
            self.need(size * LEADING);
            self.y += size * LEADING;
            let mark = Mark::Text { x: MARGIN + indent, y: self.y, size, bold, text: line, branch: Some(branch) };
            self.mark(mark);
        }
    }

    fn heading(&mut self, level: u16, text: &str, size: f32) {
        // A heading stays with the lines after it.
        self.need(size * LEADING + 4.0 * BODY * LEADING);
        self.y += size * 0.8;
        let level = NonZeroU16::new(level).unwrap_or(NonZeroU16::MIN);
        let branch = self.branch(Tag::Hn(level, Some(text.to_owned())), None);
        self.outline.push((text.to_owned(), self.pages.len().saturating_sub(1), self.y));
        self.text(text, size, true, 0.0, branch);
        self.y += size * 0.3;
    }

    fn paragraph(&mut self, text: &str, bold: bool) {
        let branch = self.branch(Tag::P, None);
        self.text(text, BODY, bold, 0.0, branch);
        self.y += BODY * 0.5;
    }

    /// Name and value, one under the other's line, as a paragraph.
    fn fact(&mut self, name: &str, value: &str) {
        let branch = self.branch(Tag::P, None);
        self.need(BODY * LEADING);
        let (top, page) = (self.y, self.pages.len());
        self.text(&format!("{name}:"), BODY, true, 0.0, branch);
        if self.pages.len() == page {
            self.y = top;
        }
        self.text(value, BODY, false, 96.0, branch);
    }

    fn list(&mut self, items: &[String]) {
        let list = self.branch(Tag::L(ListNumbering::Decimal), None);
        for (at, item) in items.iter().enumerate() {
            self.need(BODY * LEADING);
            let li = self.branch(Tag::LI, Some(list));
            let label = self.branch(Tag::Lbl, Some(li));
            let y = self.y + BODY * LEADING;
            let text = format!("{}.", at + 1);
            self.mark(Mark::Text { x: MARGIN, y, size: BODY, bold: false, text, branch: Some(label) });
            let body = self.branch(Tag::LBody, Some(li));
            self.text(item, BODY, false, 18.0, body);
            self.y += BODY * 0.3;
        }
    }

    fn table(&mut self, table: &PaperTable, continued: &str) {
        let columns = self.columns(table);
        self.heading(2, &table.title, 11.0);
        let branch = self.branch(Tag::Table.with_summary(Some(table.title.clone())), None);
        let head = self.branch(Tag::THead, Some(branch));
        let head_row = self.branch(Tag::TR, Some(head));
        let heads: Vec<(&str, bool)> = table
            .heads
            .iter()
            .map(|head| (head.as_str(), false))
            .chain(table.columns.iter().map(|(_, column)| (column.as_str(), true)))
            .collect();
        let branches: Vec<Option<usize>> =
            heads.iter().map(|_| Some(self.branch(Tag::TH(TableHeaderScope::Column), Some(head_row)))).collect();
        let height = self.height(&heads, &columns, true);
        self.need(height + 3.0 * TABLE * LEADING);
        self.cells(&heads, &columns, true, &branches);
        self.rule(1.0);
        let body = self.branch(Tag::TBody, Some(branch));
        for row in &table.rows {
            let cells = cells_of(row);
            let height = self.height(&cells, &columns, row.total);
            if self.need(height) {
                // The repeated head is an artifact: whoever listens has heard it once.
                self.y += BODY * LEADING;
                let y = self.y;
                self.mark(Mark::Text {
                    x: MARGIN,
                    y,
                    size: BODY,
                    bold: true,
                    text: continued.to_owned(),
                    branch: None,
                });
                self.y += PADDING;
                self.cells(&heads, &columns, true, &vec![None; heads.len()]);
                self.rule(1.0);
            }
            let tr = self.branch(Tag::TR, Some(body));
            let branches: Vec<Option<usize>> = cells
                .iter()
                .map(|(_, figure)| {
                    Some(if *figure {
                        self.branch(Tag::TD, Some(tr))
                    } else {
                        self.branch(Tag::TH(TableHeaderScope::Row), Some(tr))
                    })
                })
                .collect();
            self.cells(&cells, &columns, row.total, &branches);
            self.rule(0.4);
        }
        self.y += BODY * 0.5;
    }

    /// Left edges and widths: figures take what their widest word needs, row headings share what is left.
    fn columns(&self, table: &PaperTable) -> Vec<(f32, f32)> {
        let widest = |texts: &mut dyn Iterator<Item = &str>| {
            texts.flat_map(str::split_whitespace).map(|word| self.bold.width(word, TABLE)).fold(40.0_f32, f32::max)
                + 2.0 * PADDING
        };
        let figures: Vec<f32> = table
            .columns
            .iter()
            .enumerate()
            .map(|(at, (_, column))| {
                let cells = table.rows.iter().filter_map(|row| row.cells.get(at).map(String::as_str));
                widest(&mut cells.chain([column.as_str()]))
            })
            .collect();
        let left = WIDTH - figures.iter().sum::<f32>();
        // Row headings share what is left by their longest text, none so narrow that words break.
        let longest: Vec<f32> = (0..table.heads.len())
            .map(|at| {
                let texts = table.rows.iter().filter_map(|row| row.heads.get(at)).map(|(_, head)| head);
                texts.map(|text| self.regular.width(text, TABLE)).fold(70.0_f32, f32::max).min(260.0)
            })
            .collect();
        let all: f32 = longest.iter().sum::<f32>().max(1.0);
        let mut x = MARGIN;
        longest
            .iter()
            .map(|width| left * width / all)
            .chain(figures)
            .map(|width| {
                let column = (x, width);
                x += width;
                column
            })
            .collect()
    }

    fn height(&self, cells: &[(&str, bool)], columns: &[(f32, f32)], bold: bool) -> f32 {
        let face = self.face(bold);
        let lines = cells
            .iter()
            .zip(columns)
            .map(|((text, _), (_, width))| face.lines(text, TABLE, width - 2.0 * PADDING).len())
            .max()
            .unwrap_or(1);
        lines as f32 * TABLE * LEADING + 2.0 * PADDING
    }

    fn cells(&mut self, cells: &[(&str, bool)], columns: &[(f32, f32)], bold: bool, branches: &[Option<usize>]) {
        let height = self.height(cells, columns, bold);
        for (((text, figure), (x, width)), branch) in cells.iter().zip(columns).zip(branches) {
            let lines = self.face(bold).lines(text, TABLE, width - 2.0 * PADDING);
            for (at, line) in lines.into_iter().enumerate() {
                let x = if *figure {
                    x + width - PADDING - self.face(bold).width(&line, TABLE)
                } else {
                    x + PADDING * f32::from(u8::from(*x > MARGIN))
                };
                let y = self.y + PADDING + (at as f32 + 0.8) * TABLE * LEADING;
                self.mark(Mark::Text { x, y, size: TABLE, bold, text: line, branch: *branch });
            }
        }
        self.y += height;
    }

    fn rule(&mut self, weight: f32) {
        let y = self.y;
        self.mark(Mark::Rule { y, weight });
    }
}

fn cells_of(row: &PaperRow) -> Vec<(&str, bool)> {
    let heads = row.heads.iter().map(|(_, head)| (head.as_str(), false));
    heads.chain(row.cells.iter().map(|cell| (cell.as_str(), true))).collect()
}

/// The PDF of a paper.
pub(super) fn write(paper: &Paper, words: &Words) -> Result<Vec<u8>, PdfError> {
    let (regular, bold) = (Face::load(REGULAR)?, Face::load(BOLD)?);
    let mut layout = Layout {
        regular: &regular,
        bold: &bold,
        pages: Vec::new(),
        y: MARGIN,
        tree: Vec::new(),
        roots: Vec::new(),
        outline: Vec::new(),
    };
    layout.next_page();
    layout.heading(1, &paper.title, 16.0);
    for banner in &paper.banners {
        layout.paragraph(banner, true);
    }
    layout.paragraph(&paper.reading, false);
    for (name, value) in &paper.facts {
        layout.fact(name, value);
    }
    for table in &paper.tables {
        let continued = words.say("filing-continued", &[("title", &table.title)]);
        let continued = regular.lines(&continued, BODY, WIDTH).into_iter().next().unwrap_or_default();
        layout.table(table, &continued);
    }
    layout.heading(2, &paper.notes_title, 11.0);
    layout.list(&paper.notes);
    layout.heading(2, &paper.check_title, 11.0);
    for text in &paper.check {
        layout.paragraph(text, false);
    }
    draw(paper, words, layout)
}

fn draw(paper: &Paper, words: &Words, layout: Layout<'_>) -> Result<Vec<u8>, PdfError> {
    let Layout { regular, bold, pages, mut tree, roots, outline, .. } = layout;
    let settings = krilla::SerializeSettings {
        configuration: Configuration::new_with_validator(Validator::UA1),
        ..krilla::SerializeSettings::default()
    };
    let mut document = Document::new_with(settings);
    let count = pages.len().to_string();
    for (number, marks) in pages.into_iter().enumerate() {
        let size = PageSettings::new(PAGE.0, PAGE.1);
        let mut page = document.start_page_with(size);
        let mut surface = page.surface();
        for mark in marks {
            match mark {
                Mark::Text { x, y, size, bold: heavy, text, branch } => {
                    let font = if heavy { bold.font.clone() } else { regular.font.clone() };
                    let tag = match branch {
                        Some(_) => ContentTag::Span(SpanTag::empty()),
                        None => ContentTag::Artifact(ArtifactType::Other),
                    };
                    let drawn = surface.start_tagged(tag);
                    // A line ends in a space, so that words of two lines do not run together when read.
                    let text = if branch.is_some() { format!("{text} ") } else { text };
                    surface.draw_text(Point::from_xy(x, y), font, size, &text, false, TextDirection::Auto);
                    surface.end_tagged();
                    if let Some(branch) = branch.and_then(|at| tree.get_mut(at)) {
                        branch.drawn.push(drawn);
                    }
                }
                Mark::Rule { y, weight } => {
                    surface.start_tagged(ContentTag::Artifact(ArtifactType::Other));
                    let mut path = PathBuilder::new();
                    path.move_to(MARGIN, y);
                    path.line_to(PAGE.0 - MARGIN, y);
                    if let Some(path) = path.finish() {
                        surface.set_stroke(Some(Stroke { width: weight, ..Stroke::default() }));
                        surface.draw_path(&path);
                        surface.set_stroke(None);
                    }
                    surface.end_tagged();
                }
            }
        }
        let foot = paper.banners.iter().chain([&paper.reading]).cloned().collect::<Vec<_>>().join(" · ");
        let page_number = (number + 1).to_string();
        let counted = words.say("filing-page", &[("page", &page_number), ("pages", &count)]);
        surface.start_tagged(ContentTag::Artifact(ArtifactType::Footer));
        for (line, text) in [foot, counted].into_iter().enumerate() {
            let y = PAGE.1 - 44.0 + line as f32 * 11.0;
            // What does not fit in one line of the foot stands whole on the first page.
            let text = regular.lines(&text, 7.5, WIDTH).into_iter().next().unwrap_or_default();
            surface.draw_text(Point::from_xy(MARGIN, y), regular.font.clone(), 7.5, &text, false, TextDirection::Auto);
        }
        surface.end_tagged();
        surface.finish();
        page.finish();
    }
    let mut tags = TagTree::new();
    for root in roots {
        tags.push(grow(&mut tree, root));
    }
    document.set_tag_tree(tags);
    let mut contents = Outline::new();
    for (text, page, y) in outline {
        contents.push_child(OutlineNode::new(text, XyzDestination::new(page, Point::from_xy(MARGIN, y))));
    }
    document.set_outline(contents);
    document.set_metadata(
        Metadata::new().title(paper.title.clone()).language(paper.lang.clone()).creator("Vouchsafe".to_owned()),
    );
    document.finish().map_err(|error| PdfError::Refused(format!("{error:?}")))
}

fn grow(tree: &mut [Branch], at: usize) -> TagGroup {
    let Some(branch) = tree.get_mut(at) else { return TagGroup::new(Tag::NonStruct) };
    let (parts, drawn) = (std::mem::take(&mut branch.parts), std::mem::take(&mut branch.drawn));
    let mut group = TagGroup::new(std::mem::replace(&mut branch.tag, Tag::NonStruct.into()));
    for drawn in drawn {
        group.push(drawn);
    }
    for part in parts {
        group.push(grow(tree, part));
    }
    group
}
