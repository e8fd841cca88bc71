//! PostSRSd: mail that an alias sends to a foreign address gets a sender of this host, so that its SPF still passes.

use super::maps::Maps;
use super::server::Server;
use crate::stacks::{Desired, ManagedFile, Readiness, Service};

const UNIT: &str = "postsrsd.service";

pub(super) fn add(server: &Server, desired: &mut Desired) {
    if !Maps::new(server).forwards() {
        return;
    }
    desired.packages.names.insert("postsrsd".into());
    let own: Vec<&str> = server.spec.domains.iter().map(|d| d.name.as_str()).collect();
    // PostSRSd 1.10, which Debian 12 and 13 have, reads shell assignments.
    let text = format!(
        "# Written by mailwizard.\nSRS_DOMAIN={host}\nSRS_EXCLUDE_DOMAINS={own}\nSRS_SEPARATOR==\nSRS_SECRET=/etc/postsrsd.secret\nSRS_HASHLENGTH=4\nSRS_HASHMIN=4\nSRS_FORWARD_PORT=10001\nSRS_REVERSE_PORT=10002\nSRS_LISTEN_ADDR=127.0.0.1\nRUN_AS=postsrsd\nCHROOT=/var/lib/postsrsd\n",
        host = server.spec.hostname,
        own = own.join(","),
    );
    desired.files.push(ManagedFile::text("/etc/default/postsrsd", text, "senders of forwarded mail").used_by(&[UNIT]));
    desired.services.push(Service {
        restart_on_change: true,
        ready: vec![Readiness::TcpPort(10001), Readiness::TcpPort(10002)],
        ..Service::daemon(UNIT, "rewrites the sender of forwarded mail")
    });
}
