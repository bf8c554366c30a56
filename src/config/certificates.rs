//! `caFile`: certificates to trust besides the system's and the built-in ones.

use std::path::Path;

use rustls::pki_types::CertificateDer;
use rustls::pki_types::pem::PemObject;

use crate::arguments::Arguments;
use crate::error::Result;

pub(super) fn read(arguments: &Arguments<'_>) -> Result<Vec<CertificateDer<'static>>> {
    let Some(path) = arguments.string("caFile")? else {
        return Ok(Vec::new());
    };
    let path = Path::new(&path);
    let problem = |what: &str| arguments.error("caFile", &format!("{what}: {}", path.display()));
    let pem = std::fs::read(path).map_err(|error| problem(&format!("cannot be read ({error})")))?;
    let certificates: std::result::Result<Vec<_>, _> =
        CertificateDer::pem_slice_iter(&pem).collect();
    match certificates {
        Ok(certificates) if !certificates.is_empty() => Ok(certificates),
        Ok(_) => Err(problem("holds no PEM certificate")),
        Err(error) => Err(problem(&format!("is not PEM ({error})"))),
    }
}
