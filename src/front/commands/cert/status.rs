//! `mailwizard cert status`: the certificate in place, what is served, what comes next.

use std::io::Write as _;

use super::Subject;
use crate::front::certificate::CertificateStatus;
use crate::front::exit::{Exit, Failure};
use crate::front::output::Output;
use crate::host::Host as _;

pub fn run(subject: &Subject, json: bool) -> Result<Exit, Failure> {
    let status = CertificateStatus::look(&subject.host, &subject.paths, &subject.spec)?;
    let mut out = Output::stdout();
    if json {
        writeln!(out, "{}", serde_json::to_string_pretty(&status)?)?;
    } else {
        out.write_all(status.text().as_bytes())?;
    }
    out.flush()?;
    Ok(if status.is_well(subject.host.now()) { Exit::Done } else { Exit::Failed })
}
