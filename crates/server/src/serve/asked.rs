//! What a desk has answered so far, as its pages carry it: in the form itself. What can be asked and in what order is `guide`'s.

pub use guide::Asked;
use maud::{Markup, html};

use super::forms::Fault;

impl From<guide::Unread> for Fault {
    fn from(unread: guide::Unread) -> Self {
        let fault = match unread.field {
            Some(label) => Self::of(unread.id, label),
            None => Self::new(unread.id),
        };
        unread.arguments.into_iter().fold(fault, |fault, (name, value)| fault.with(name, value))
    }
}

/// The answers as hidden fields, so that the next page has them.
#[must_use]
pub fn hidden(asked: &Asked) -> Markup {
    html! {
        @for (name, value) in asked.fields() { input type="hidden" name=(name) value=(value); }
    }
}
