//! A body that grows as it comes, within its limit.

use super::failure::Failure;
use crate::memory;

pub(super) fn append(body: &mut Vec<u8>, part: &[u8], max: usize) -> Result<(), Failure> {
    if part.len() > max - body.len() {
        return Err(Failure::TooLarge);
    }
    reserve(body, part.len())?;
    body.extend_from_slice(part);
    Ok(())
}

/// The size is the server's choice: where there is no memory for it, that is an error, not the end
/// of the host.
pub(super) fn reserve(body: &mut Vec<u8>, additional: usize) -> Result<(), Failure> {
    memory::reserve(body, additional).map_err(|_| Failure::OutOfMemory)
}
