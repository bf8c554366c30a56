//! The numbers of the interface.

/// Version of this interface. It is raised when a compiled caller would break.
pub const PANDA_ABI_VERSION: u32 = 1;

/// Kind `argument`: a bad argument. Not retryable.
pub const PANDA_E_ARGUMENT: i32 = -10001;
/// Kind `config`: a bad configuration, or one that the call needs more of. Not retryable.
pub const PANDA_E_CONFIG: i32 = -10002;
/// Kind `handle`: not an open handle of that type. Not retryable.
pub const PANDA_E_HANDLE: i32 = -10003;
/// Kind `connect`: name look-up, refused, reset, unreachable. Retryable.
pub const PANDA_E_CONNECT: i32 = -10010;
/// Kind `timeout`: a time limit ran out. Retryable.
pub const PANDA_E_TIMEOUT: i32 = -10011;
/// Kind `tls`: the certificate or the handshake. Not retryable. Only TLS 1.2 and 1.3 with forward
/// secrecy (ECDHE) and AEAD ciphers are spoken: an old server that offers only CBC ciphers or RSA
/// key exchange cannot be reached by https.
pub const PANDA_E_TLS: i32 = -10012;
/// Kind `http`: an HTTP status outside 2xx. Retryable for 408, 429 and 5xx, and for the page of a
/// gateway in between that denies access (403, or 401 where it asks for another kind of login): a page
/// is no refused login, and denies no token.
pub const PANDA_E_HTTP: i32 = -10013;
/// Kind `response`: an answer that is not what the interface promises, or is too large. Retryable
/// if it was truncated.
pub const PANDA_E_RESPONSE: i32 = -10014;
/// Kind `cancelled`: the caller's check ended the call. Not retryable.
pub const PANDA_E_CANCELLED: i32 = -10015;
/// Kind `auth`: GenerateToken refused, or a fresh token was not accepted. Not retryable, unless other
/// programs keep taking the account's token: then the message names `tokenStore`.
pub const PANDA_E_AUTH: i32 = -10020;
/// Kind `ticket`: no, several or an unusable ticket in a URL; a ticket that the platform does not
/// accept. Not retryable.
pub const PANDA_E_TICKET: i32 = -10021;
/// Kind `inconsistent`: the user list kept changing while it was read. Retryable. Or it did not change,
/// and its numbers do not fit together: then not.
pub const PANDA_E_INCONSISTENT: i32 = -10030;
/// Kind `guard`: a sync would remove too many users. Not retryable.
pub const PANDA_E_GUARD: i32 = -10031;
/// Kind `store`: the shared token store's file or address is unusable. Not retryable.
pub const PANDA_E_STORE: i32 = -10040;
/// Kind `rejected`: the platform refused for another reason. Not retryable.
pub const PANDA_E_REJECTED: i32 = -10050;
/// Kind `internal`: a fault of the library. Not retryable.
pub const PANDA_E_INTERNAL: i32 = -10099;

/// panda_json_type: no value there, or not valid.
pub const PANDA_JSON_NONE: i32 = 0;
/// panda_json_type: null.
pub const PANDA_JSON_NULL: i32 = 1;
/// panda_json_type: true or false.
pub const PANDA_JSON_BOOLEAN: i32 = 2;
/// panda_json_type: a number.
pub const PANDA_JSON_NUMBER: i32 = 3;
/// panda_json_type: a string.
pub const PANDA_JSON_TEXT: i32 = 4;
/// panda_json_type: an array.
pub const PANDA_JSON_ARRAY: i32 = 5;
/// panda_json_type: an object.
pub const PANDA_JSON_OBJECT: i32 = 6;

#[cfg(test)]
mod tests {
    use super::*;
    use crate::error::Kind;

    #[test]
    fn the_constants_are_the_codes_of_the_kinds() {
        let constants = [
            PANDA_E_ARGUMENT,
            PANDA_E_CONFIG,
            PANDA_E_HANDLE,
            PANDA_E_CONNECT,
            PANDA_E_TIMEOUT,
            PANDA_E_TLS,
            PANDA_E_HTTP,
            PANDA_E_RESPONSE,
            PANDA_E_CANCELLED,
            PANDA_E_AUTH,
            PANDA_E_TICKET,
            PANDA_E_INCONSISTENT,
            PANDA_E_GUARD,
            PANDA_E_STORE,
            PANDA_E_REJECTED,
            PANDA_E_INTERNAL,
        ];
        assert_eq!(constants, Kind::ALL.map(Kind::code));
    }
}
