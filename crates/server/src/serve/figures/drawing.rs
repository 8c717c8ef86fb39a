//! A chart of bars as SVG, drawn here: no script, no library, no style but the desk's sheet.
//!
//! Each bar lies on a line of its own with its name before it and its figure behind it, so that a phone shows the same drawing as a wide
//! page and nothing is told by colour alone; bars that stand for different things have a pattern of their own besides. A reader that does
//! not see it hears its title and what it shows; the table below it, which the page makes, says every figure.

use maud::{Markup, html};

/// The width of a drawing in its own units: a phone's, in CSS pixels.
const WIDTH: usize = 344;
/// Where bars begin: names stand before.
const BARS_FROM: usize = 130;
/// Left for the figure behind the longest bar.
const FIGURES: usize = 56;
/// From one bar to the next.
const STEP: usize = 26;
/// How thick a bar is.
const THICK: usize = 16;
/// The longest name, in characters, that fits before the bars.
const NAME_MAX_CHARS: usize = 15;

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
    let height = bars.len() * STEP + 8;
    let (title_id, shows_id) = (format!("{id}-title"), format!("{id}-shows"));
    html! {
        svg.chart viewBox=(format!("0 0 {WIDTH} {height}")) role="img" aria-labelledby=(format!("{title_id} {shows_id}")) {
            title id=(title_id) { (title) }
            desc id=(shows_id) { (shows) }
            defs { @for pattern in 1..PATTERNS { (fill(id, pattern)) } }
            line.axis x1=(BARS_FROM) y1="0" x2=(BARS_FROM) y2=(height) {}
            @for (at, bar) in bars.iter().enumerate() {
                @let top = at * STEP + 6;
                @let long = length(bar.figure, most);
                @let middle = top + THICK / 2 + 4;
                text x=(BARS_FROM - 6) y=(middle) text-anchor="end" { (cut(&bar.name)) }
                @if bar.figure > 0 {
                    rect.bar x=(BARS_FROM) y=(top) width=(long) height=(THICK) {}
                    @if bar.pattern > 0 && bar.pattern < PATTERNS {
                        rect x=(BARS_FROM) y=(top) width=(long) height=(THICK) fill=(format!("url(#{id}-{})", bar.pattern)) {}
                    }
                }
                text.figure x=(BARS_FROM + long + 5) y=(middle) { (bar.figure) }
            }
        }
    }
}

/// How long a bar is: in proportion, and to be seen at all where it is not nought.
fn length(figure: u64, most: u64) -> usize {
    let room = (WIDTH - BARS_FROM - FIGURES) as u64;
    let long = u128::from(figure) * u128::from(room) / u128::from(most.max(1));
    let long = usize::try_from(long).unwrap_or_default();
    if figure > 0 { long.max(2) } else { 0 }
}

/// A name that is too long for its place is cut here; the table has it whole.
fn cut(name: &str) -> String {
    if name.chars().count() <= NAME_MAX_CHARS {
        return name.to_owned();
    }
    name.chars().take(NAME_MAX_CHARS - 1).chain(['…']).collect()
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
        let svg = drawn(&[("2026-01", 12), ("<b>", 0), ("a name that is far too long", 3)]);
        assert!(
            svg.contains("<title id=\"x-title\">Title</title>") && svg.contains("aria-labelledby=\"x-title x-shows\"")
        );
        assert!(svg.contains(">2026-01</text>") && svg.contains(">12</text>") && svg.contains("&lt;b&gt;"));
        assert!(svg.contains("a name that is…"), "{svg}");
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
        assert!(drawn(&[]).contains("viewBox=\"0 0 344 8\""));
    }

    proptest! {
        #[test]
        fn no_bar_leaves_the_drawing_and_a_greater_figure_is_no_shorter(one: u64, two: u64) {
            let most = one.max(two);
            for figure in [one, two] {
                let long = length(figure, most);
                prop_assert!(BARS_FROM + long + FIGURES <= WIDTH.max(BARS_FROM + 2 + FIGURES));
                prop_assert_eq!(long == 0, figure == 0);
            }
            prop_assert!((one <= two) == (length(one, most) <= length(two, most)) || length(one, most) == length(two, most));
        }
    }
}
