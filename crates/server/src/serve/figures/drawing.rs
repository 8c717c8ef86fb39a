//! A chart of bars as SVG, drawn here: no script, no library, no style but the desk's sheet.
//!
//! Each bar lies on a line of its own with its name before it and its figure behind it, so that a phone shows the same drawing as a wide
//! page and nothing is told by colour alone; bars that stand for different things have a pattern of their own besides. Where a name is too
//! long to stand before its bar, the names of that chart stand above their bars, in two lines if need be. A reader that does not see it
//! hears its title and what it shows; the table below it, which the page makes, says every figure.

use maud::{Markup, html};

/// The width of a drawing in its own units: a phone's, in CSS pixels.
const WIDTH: usize = 344;
/// Where bars begin when their names stand before them.
const BARS_FROM: usize = 130;
/// Where they begin when their names stand above them.
const ALONE_FROM: usize = 2;
/// Left for the figure behind the longest bar.
const FIGURES: usize = 56;
/// How thick a bar is.
const THICK: usize = 16;
/// From the end of one bar to the next, or to its name.
const GAP: usize = 10;
/// From one line of a name to the next, above a bar.
const LINE: usize = 17;
/// The longest name, in characters, that fits before the bars.
const NAME_MAX_CHARS: usize = 15;
/// The longest line of a name, in characters, that fits above a bar.
const LINE_MAX_CHARS: usize = 42;

/// One bar.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Bar {
    /// What it stands for, in few words.
    pub name: String,
    /// How many.
    pub figure: u64,
    /// Which of the patterns fills it; 0 is plain.
    pub pattern: usize,
}

/// How many patterns there are, the plain one among them.
pub const PATTERNS: usize = 6;

/// A chart. `id` is a word of the page's that no other chart has.
pub fn bars(id: &str, title: &str, shows: &str, bars: &[Bar]) -> Markup {
    let most = bars.iter().map(|bar| bar.figure).max().unwrap_or_default().max(1);
    let above = bars.iter().any(|bar| bar.name.chars().count() > NAME_MAX_CHARS);
    let from = if above { ALONE_FROM } else { BARS_FROM };
    let mut height = GAP / 2;
    let placed: Vec<(usize, Vec<String>, &Bar)> = bars
        .iter()
        .map(|bar| {
            let lines = if above { lines(&bar.name) } else { Vec::new() };
            let top = height + lines.len() * LINE;
            height = top + THICK + GAP;
            (top, lines, bar)
        })
        .collect();
    let (title_id, shows_id) = (format!("{id}-title"), format!("{id}-shows"));
    html! {
        svg.chart viewBox=(format!("0 0 {WIDTH} {height}")) role="img" aria-labelledby=(format!("{title_id} {shows_id}")) {
            title id=(title_id) { (title) }
            desc id=(shows_id) { (shows) }
            defs { @for pattern in 1..PATTERNS { (fill(id, pattern)) } }
            @if !above { line.axis x1=(from) y1="0" x2=(from) y2=(height) {} }
            @for (top, lines, bar) in &placed {
                @let long = length(bar.figure, most, from);
                @let middle = top + THICK / 2 + 4;
                @for (at, line) in lines.iter().enumerate() {
                    text x=(from) y=(top - (lines.len() - at) * LINE + LINE - 5) { (line) }
                }
                @if !above { text x=(from - 6) y=(middle) text-anchor="end" { (bar.name) } }
                @if bar.figure > 0 {
                    rect.bar x=(from) y=(top) width=(long) height=(THICK) {}
                    @if bar.pattern > 0 && bar.pattern < PATTERNS {
                        rect x=(from) y=(top) width=(long) height=(THICK) fill=(format!("url(#{id}-{})", bar.pattern)) {}
                    }
                }
                text.figure x=(from + long + 5) y=(middle) { (bar.figure) }
            }
        }
    }
}

/// How long a bar is that begins there: in proportion, and to be seen at all where it is not nought.
fn length(figure: u64, most: u64, from: usize) -> usize {
    let room = (WIDTH - from - FIGURES) as u64;
    let long = u128::from(figure) * u128::from(room) / u128::from(most.max(1));
    let long = usize::try_from(long).unwrap_or_default();
    if figure > 0 { long.max(2) } else { 0 }
}

/// A name in at most two lines, broken between words. What does not fit is cut here; the table has it whole.
fn lines(name: &str) -> Vec<String> {
    let mut lines = vec![String::new()];
    for word in name.split_whitespace() {
        let count = lines.len();
        let Some(last) = lines.last_mut() else { continue };
        let fits = last.is_empty() || last.chars().count() + 1 + word.chars().count() <= LINE_MAX_CHARS;
        if fits || count == 2 {
            if !last.is_empty() {
                last.push(' ');
            }
            last.push_str(word);
        } else {
            lines.push(word.to_owned());
        }
    }
    lines.iter().map(|line| cut(line)).collect()
}

/// A line that is too long for its place is cut.
fn cut(line: &str) -> String {
    if line.chars().count() <= LINE_MAX_CHARS {
        return line.to_owned();
    }
    line.chars().take(LINE_MAX_CHARS - 1).chain(['…']).collect()
}

/// A pattern that lies over a bar's colour.
fn fill(id: &str, pattern: usize) -> Markup {
    html! {
        pattern id=(format!("{id}-{pattern}")) width="8" height="8" patternUnits="userSpaceOnUse" {
            @match pattern {
                1 => { path.over d="M0 8L8 0M-2 2L2 -2M6 10L10 6" {} }
                2 => { path.over d="M0 0L8 8M-2 6L2 10M6 -2L10 2" {} }
                3 => { path.over d="M0 4H8" {} }
                4 => { path.over d="M4 0V8" {} }
                _ => { circle.dot cx="4" cy="4" r="1.8" {} }
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn drawn(figures: &[(&str, u64)]) -> String {
        let one = |(at, (name, figure)): (usize, &(&str, u64))| Bar {
            name: (*name).to_owned(),
            figure: *figure,
            pattern: at,
        };
        let list: Vec<Bar> = figures.iter().enumerate().map(one).collect();
        bars("x", "Title", "What it shows", &list).into_string()
    }

    #[test]
    fn a_chart_says_each_name_and_figure_and_escapes_them() {
        let svg = drawn(&[("2026-01", 12), ("<b>", 0), ("2026-03", 3)]);
        assert!(
            svg.contains("<title id=\"x-title\">Title</title>") && svg.contains("aria-labelledby=\"x-title x-shows\"")
        );
        assert!(svg.contains(">2026-01</text>") && svg.contains(">12</text>") && svg.contains("&lt;b&gt;"));
        // Nought has a figure and no bar.
        assert_eq!(svg.matches("<rect class=\"bar\"").count(), 2);
        // Each shape ends: SVG within a page has none that ends by itself, and what follows would stand inside it, unseen.
        for shape in ["rect", "path", "line", "circle", "text"] {
            assert_eq!(
                svg.matches(&format!("<{shape} ")).count(),
                svg.matches(&format!("</{shape}>")).count(),
                "{shape}"
            );
        }
        assert!(!svg.contains("style=") && !svg.contains("<script"), "{svg}");
        assert!(drawn(&[]).contains("viewBox=\"0 0 344 5\""));
    }

    #[test]
    fn a_long_name_stands_above_its_bar_whole_and_so_do_the_others_of_its_chart() {
        let svg =
            drawn(&[("2026-01", 12), ("Report the sites with signs to the Mayor’s Office of Immigrant Affairs", 3)]);
        assert!(svg.contains(">Report the sites with signs to the Mayor’s</text>"), "{svg}");
        assert!(svg.contains(">Office of Immigrant Affairs</text>"), "{svg}");
        assert!(svg.contains("<text x=\"2\" y=\"17\">2026-01</text>"), "{svg}");
        assert!(!svg.contains("text-anchor=\"end\"") && !svg.contains("class=\"axis\""), "{svg}");
        // What fits in no two lines is cut, a word without end too.
        let word = "x".repeat(100);
        assert_eq!(lines(&word), [format!("{}…", "x".repeat(41))]);
        let many = "word ".repeat(40);
        let two = lines(&many);
        assert!(two.len() == 2 && two.iter().all(|line| line.chars().count() <= 42), "{two:?}");
        assert!(two[0].ends_with("word") && two[1].ends_with('…'), "{two:?}");
    }

    proptest! {
        #[test]
        fn no_bar_leaves_the_drawing_and_a_greater_figure_is_no_shorter(one: u64, two: u64) {
            let most = one.max(two);
            for from in [BARS_FROM, ALONE_FROM] {
                let [shorter, longer] = [one.min(two), most].map(|figure| length(figure, most, from));
                prop_assert!(from + longer + FIGURES <= WIDTH);
                prop_assert!(shorter <= longer);
                prop_assert_eq!((shorter == 0, longer == 0), (one.min(two) == 0, most == 0));
            }
        }
    }
}
