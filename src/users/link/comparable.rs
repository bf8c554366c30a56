//! Values as they are compared, so that spellings of one number or name meet.

use std::borrow::Cow;

use icu_normalizer::ComposingNormalizerBorrowed;

use super::request::Rule;
use crate::json::Text;

/// A user's values as they are compared; what cannot be compared is `None`.
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
            job_number: comparable(job_number).map(lower_case),
            phone: comparable(phone).and_then(comparable_phone),
            user_name: comparable(user_name).map(one_middle_dot),
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

/// NFKC without spaces; nothing for empty text.
fn comparable<'a>(text: &'a Option<Text<'_>>) -> Option<Cow<'a, str>> {
    let text: &str = &text.as_ref()?.0;
    let plain = text.bytes().all(|byte| byte.is_ascii_graphic());
    let text = match plain {
        true => Cow::Borrowed(text),
        false => Cow::Owned({
            let normalised = ComposingNormalizerBorrowed::new_nfkc().normalize(text);
            normalised.chars().filter(|c| !c.is_whitespace()).collect()
        }),
    };
    (!text.is_empty()).then_some(text)
}

fn lower_case(text: Cow<'_, str>) -> Cow<'_, str> {
    match text.chars().any(|c| c.is_uppercase()) {
        true => Cow::Owned(text.to_lowercase()),
        false => text,
    }
}

/// Without hyphens and the prefix of China; nothing for a masked one.
fn comparable_phone(text: Cow<'_, str>) -> Option<Cow<'_, str>> {
    if text.contains('*') {
        return None;
    }
    let digits = match text.contains('-') {
        true => Cow::Owned(text.replace('-', "")),
        false => text,
    };
    let national = digits
        .strip_prefix("+86")
        .or_else(|| digits.strip_prefix("0086"));
    let digits = match national {
        Some(national) => Cow::Owned(national.to_owned()),
        None => digits,
    };
    (!digits.is_empty()).then_some(digits)
}

fn one_middle_dot(text: Cow<'_, str>) -> Cow<'_, str> {
    match text.contains(['•', '・']) {
        true => Cow::Owned(text.replace(['•', '・'], "·")),
        false => text,
    }
}
