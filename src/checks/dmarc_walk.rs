//! The DMARC tree walk as checks take it: what cannot be asked about is a finding.

use super::Context;
use crate::finding::Finding;
use crate::probe::dmarc;
pub(super) use crate::probe::dmarc::{Stop, Walk};

/// Walks up from `name`.
pub(super) async fn walk(context: &Context, name: &str) -> Result<Walk, Finding> {
    dmarc::walk(&context.dns, name).await.map_err(|e| Finding::unknown(e.reason).evidence(e.evidence))
}
