//! Values as they are compared, so that spellings of one number or name meet.

use std::borrow::Cow;

use icu_normalizer::ComposingNormalizerBorrowed;

use super::placeholder::is_placeholder;
use super::request::Rule;
use crate::json::Text;

/// A user's values as they are compared; what identifies nobody is `None`.
pub(super) struct Comparable<'a> {
    job_number: Option<Cow<'a, str>>,
    phone: Option<Cow<'a, str>>,
    user_name: Option<Cow<'a, str>>,
}

impl<'a> Comparable<'a> {
    pub(super) fn new(
        job_number: &'a Option<Text<'a>>,
        phone: &'a Option<Text<'a>>,
        user_name: &'a Option<Text<'a>>,
    ) -> Comparable<'a> {
        Comparable {
            job_number: normalised(job_number).and_then(comparable_job_number),
            phone: normalised(phone).and_then(comparable_phone),
            user_name: normalised(user_name).and_then(comparable_name),
        }
    }

    pub(super) fn value(&self, rule: Rule) -> Option<&str> {
        match rule {
            Rule::JobNumber => self.job_number.as_deref(),
            Rule::Phone => self.phone.as_deref(),
            Rule::UserName => self.user_name.as_deref(),
        }
    }

    /// Whether the job numbers contradict each other or, those lacking, the phones.
    pub(super) fn contradicts(&self, other: &Comparable<'_>) -> bool {
        let have_job_numbers = self.job_number.is_some() && other.job_number.is_some();
        self.differs(
            other,
            if have_job_numbers {
                Rule::JobNumber
            } else {
                Rule::Phone
            },
        )
    }

    /// Whether both have a value for the rule, and not the same.
    pub(super) fn differs(&self, other: &Comparable<'_>, rule: Rule) -> bool {
        matches!((self.value(rule), other.value(rule)), (Some(one), Some(another)) if one != another)
    }
}

/// NFKC without spaces and invisible characters.
fn normalised<'a>(text: &'a Option<Text<'_>>) -> Option<Cow<'a, str>> {
    let text: &str = &text.as_ref()?.0;
    if text.bytes().all(|byte| byte.is_ascii_graphic()) {
        return Some(Cow::Borrowed(text));
    }
    // Before NFKC, so that they keep no two characters apart which it composes; and what it makes.
    let nfkc = ComposingNormalizerBorrowed::new_nfkc();
    let composed = match without(Cow::Borrowed(text), is_invisible) {
        Cow::Borrowed(text) => nfkc.normalize(text),
        Cow::Owned(text) => Cow::Owned(nfkc.normalize(&text).into_owned()),
    };
    Some(without(composed, is_invisible))
}

/// Spaces, controls, formats (soft hyphen, joiners, directions, byte-order mark), variation
/// selectors and fillers.
fn is_invisible(c: char) -> bool {
    c.is_whitespace()
        || c.is_control()
        || matches!(c,
            '\u{AD}'
            | '\u{34F}'
            | '\u{61C}'
            | '\u{115F}'..='\u{1160}'
            | '\u{17B4}'..='\u{17B5}'
            | '\u{180B}'..='\u{180F}'
            | '\u{200B}'..='\u{200F}'
            | '\u{202A}'..='\u{202E}'
            | '\u{2060}'..='\u{206F}'
            | '\u{2800}'
            | '\u{3164}'
            | '\u{FE00}'..='\u{FE0F}'
            | '\u{FEFF}'
            | '\u{FFA0}'
            | '\u{FFF0}'..='\u{FFFB}'
            | '\u{1BCA0}'..='\u{1BCA3}'
            | '\u{1D173}'..='\u{1D17A}'
            | '\u{E0000}'..='\u{E0FFF}')
}

fn comparable_job_number(text: Cow<'_, str>) -> Option<Cow<'_, str>> {
    if text.contains('*') || is_placeholder(&text) {
        return None;
    }
    Some(match text.chars().any(char::is_uppercase) {
        true => Cow::Owned(text.to_lowercase()),
        false => text,
    })
}

/// Without brackets, dots, hyphens and the prefix of China, if that leaves a number: a masked one
/// (`138****0001`, `138xxxx0001`, `138....0001`) or two of them are none.
fn comparable_phone(text: Cow<'_, str>) -> Option<Cow<'_, str>> {
    let text = without(text, is_bracket);
    let mut neighbours = text.chars().zip(text.chars().skip(1));
    if neighbours.any(|(one, next)| is_separator(one) && is_separator(next)) {
        return None;
    }
    let is_prefix_set_off =
        (text.strip_prefix("86")).is_some_and(|rest| rest.starts_with(is_separator));
    let digits = without(text, is_separator);
    let national = (digits.strip_prefix("+86"))
        .or_else(|| digits.strip_prefix("0086"))
        .or_else(|| {
            (digits.strip_prefix("86"))
                .filter(|rest| is_prefix_set_off || is_complete_in_china(rest))
        });
    let digits = match national {
        Some(national) => Cow::Owned(national.to_owned()),
        None => digits,
    };
    // Another country's number is one with its `+` only.
    let number = digits.strip_prefix('+').unwrap_or(&digits).as_bytes();
    let is_number = (7..=15).contains(&number.len())
        && number.iter().all(u8::is_ascii_digit)
        && number.iter().any(|digit| *digit != number[0]);
    is_number.then_some(digits)
}

fn is_bracket(c: char) -> bool {
    matches!(c, '(' | ')' | '[' | ']' | '{' | '}' | '<' | '>' | '⟨' | '⟩' | '〈'..='】' | '〔'..='〛')
}

fn is_separator(c: char) -> bool {
    matches!(c, '.' | '-' | '‐'..='―' | '⁃' | '−' | '─' | 'ー')
}

/// Whether a number needs no prefix within China: a mobile one, or one with its area. What a bare
/// `86` stands before is such a one, or the `86` is part of a local number.
fn is_complete_in_china(number: &str) -> bool {
    match number.as_bytes() {
        [b'1', b'3'..=b'9', ..] => number.len() == 11,
        [b'0', ..] => (10..=12).contains(&number.len()),
        _ => false,
    }
}

fn comparable_name(text: Cow<'_, str>) -> Option<Cow<'_, str>> {
    if is_placeholder(&text) {
        return None;
    }
    Some(match text.contains(['•', '・']) {
        true => Cow::Owned(text.replace(['•', '・'], "·")),
        false => text,
    })
}

fn without(text: Cow<'_, str>, unwanted: fn(char) -> bool) -> Cow<'_, str> {
    match text.contains(unwanted) {
        true => Cow::Owned(text.chars().filter(|c| !unwanted(*c)).collect()),
        false => text,
    }
}
