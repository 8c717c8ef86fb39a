//! The table: what, the product's figure, the peer's, their ratio, and what product.md wants.

use std::fmt;

/// Lines of the table, in the order in which they were measured.
#[derive(Default)]
pub struct Table(Vec<[String; 5]>);

impl Table {
    /// Adds a line with a peer; `times` is how many times better the product is.
    pub fn versus(&mut self, what: &str, product: String, peer: String, times: f64, target: &str) {
        self.push([what.to_owned(), product, peer, format!("{times:.1}×"), target.to_owned()]);
    }

    /// Adds a line without a peer.
    pub fn alone(&mut self, what: &str, product: String, target: &str) {
        self.push([what.to_owned(), product, "–".to_owned(), "–".to_owned(), target.to_owned()]);
    }

    fn push(&mut self, line: [String; 5]) {
        eprintln!("bench:   {} = {}; {}", line[0], line[1], line[2]);
        self.0.push(line);
    }
}

impl fmt::Display for Table {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(f, "| What | Vouchsafe | Peer, same run | Ratio | Target |\n|---|---|---|---|---|")?;
        self.0.iter().try_for_each(|line| writeln!(f, "| {} |", line.join(" | ")))
    }
}
