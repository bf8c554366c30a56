//! Memory whose amount others choose: the platform by its answers, the caller by its users. Where
//! there is none, that is an error, and not the end of the host.
//!
//! Most of what allocates on the way cannot report that it failed. So what is large is asked for
//! before, together with a reserve for all that is small; nothing is kept of what was only asked for.

use std::collections::TryReserveError;
use std::hint::black_box;

use crate::error::Error;
use crate::system;

/// What has to be left for what is small.
const RESERVE: usize = 1 << 20;
/// More than a call needs of its stack, which is less than half of this; a main thread's is not there
/// before it is used.
const STACK: usize = 256 << 10;
/// From here on an amount is large. A look-up has nothing of that size.
const LARGE: usize = 64 << 10;

pub(crate) const NO_MEMORY: &str = "there is no memory for the answer";

/// There is no memory for the answer.
#[derive(Debug, thiserror::Error)]
#[error("{NO_MEMORY}")]
pub(crate) struct NoMemory;

impl From<NoMemory> for Error {
    fn from(_: NoMemory) -> Error {
        Error::response(NO_MEMORY)
    }
}

impl From<TryReserveError> for NoMemory {
    fn from(_: TryReserveError) -> NoMemory {
        NoMemory
    }
}

/// Sees that so many bytes could be had, if they are many, and the reserve too.
pub(crate) fn expect(bytes: usize) -> Result<(), NoMemory> {
    match bytes < LARGE {
        true => Ok(()),
        false => probe(bytes.saturating_add(RESERVE)),
    }
}

/// Sees that the reserve is there.
pub(crate) fn expect_reserve() -> Result<(), NoMemory> {
    probe(RESERVE)
}

fn probe(bytes: usize) -> Result<(), NoMemory> {
    let mut probe = Vec::<u8>::new();
    probe.try_reserve_exact(bytes)?;
    // Else the compiler sees that nobody wants it, and takes it for had.
    black_box(probe.as_mut_ptr());
    // It may have been lying free in the process, where no stack can grow.
    match system::can_map(STACK) {
        true => Ok(()),
        false => Err(NoMemory),
    }
}

/// Room for more elements; where they are many, with the reserve.
pub(crate) fn reserve<T>(elements: &mut Vec<T>, additional: usize) -> Result<(), NoMemory> {
    if additional > elements.capacity() - elements.len() {
        elements.try_reserve(additional)?;
        expect_after(elements.capacity() * size_of::<T>())?;
    }
    Ok(())
}

/// The same for text.
pub(crate) fn reserve_text(text: &mut String, additional: usize) -> Result<(), NoMemory> {
    if additional > text.capacity() - text.len() {
        text.try_reserve(additional)?;
        expect_after(text.capacity())?;
    }
    Ok(())
}

fn expect_after(had: usize) -> Result<(), NoMemory> {
    match had < LARGE {
        true => Ok(()),
        false => expect_reserve(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_cannot_be_had_is_an_error() {
        assert!(expect(isize::MAX as usize).is_err());
        assert!(expect(usize::MAX).is_err());
        assert!(reserve(&mut vec![1u64], usize::MAX / 16).is_err());
        assert!(reserve_text(&mut "a".to_owned(), isize::MAX as usize - 1).is_err());
    }

    #[test]
    fn nothing_is_kept_of_what_is_expected() {
        assert!(expect(LARGE).is_ok() && expect_reserve().is_ok());
        let mut elements = vec![1u64];
        reserve(&mut elements, 1000).unwrap();
        assert!(elements.capacity() >= 1001 && elements == [1]);
        let mut text = "a".to_owned();
        reserve_text(&mut text, LARGE).unwrap();
        assert!(text.capacity() > LARGE && text == "a");
    }
}
