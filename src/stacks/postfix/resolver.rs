//! Unbound as the machine's own validating resolver, and `/etc/resolv.conf` through whoever owns it.

use std::net::{IpAddr, Ipv4Addr};

use minijinja::context;

use super::server::Server;
use crate::facts::ResolvConfOwner;
use crate::spec::ResolverMode;
use crate::stacks::{CommandLine, Desired, Directory, ManagedFile, Readiness, RenderError, Service};

const UNIT: &str = "unbound.service";
const RESOLV_CONF: &str = "# Written by mailwizard: unbound on this machine answers, and validates.\nnameserver 127.0.0.1\noptions edns0 trust-ad\n";

pub(super) fn add(server: &Server, desired: &mut Desired) -> Result<(), RenderError> {
    let resolver = &server.spec.resolver;
    if resolver.mode == ResolverMode::Keep {
        return Ok(());
    }
    desired.packages.names.extend(["unbound", "dns-root-data"].map(str::to_owned));
    let root_hints = resolver.root_hints.as_ref().map(|p| p.display().to_string());
    let settings = server.templates.render("mailwizard.conf.j2", context! { root_hints })?;
    desired.files.push(
        ManagedFile::text("/etc/unbound/unbound.conf.d/mailwizard.conf", settings, "the resolver's settings")
            .used_by(&[UNIT]),
    );
    if let Some(anchor) = &resolver.trust_anchor {
        let text = server
            .templates
            .render("trust-anchor.conf.j2", context! { trust_anchor => anchor.display().to_string() })?;
        let path = "/etc/unbound/unbound.conf.d/root-auto-trust-anchor-file.conf";
        desired.files.push(ManagedFile::text(path, text, "the closed network's trust anchor").used_by(&[UNIT]));
    }
    desired.services.push(Service {
        unit: UNIT,
        state_unit: UNIT,
        validate: vec![CommandLine::new("unbound-checkconf", &[])],
        restart_on_change: true,
        ready: vec![Readiness::TcpPort(53), Readiness::Resolver(IpAddr::V4(Ipv4Addr::LOCALHOST))],
        enabled: true,
        purpose: "answers this machine's DNS questions, validated",
    });
    switch(server.facts.resolver.owner, desired);
    Ok(())
}

/// Makes the switch last. The file itself is written in every case: only a plain `/etc/resolv.conf` hands the resolver's
/// "validated" on to Postfix, systemd-resolved's stub does not.
fn switch(owner: ResolvConfOwner, desired: &mut Desired) {
    match owner {
        ResolvConfOwner::PlainFile => {}
        ResolvConfOwner::SystemdResolved => {
            let text = "# Written by mailwizard.\n[Resolve]\nDNS=127.0.0.1\nDomains=~.\n";
            own_file(
                desired,
                "/etc/systemd/resolved.conf.d/mailwizard.conf",
                text,
                "systemd-resolved asks our resolver too",
                Some("systemd-resolved.service"),
            );
        }
        ResolvConfOwner::NetworkManager => {
            let text = "# Written by mailwizard.\n[main]\ndns=none\n";
            own_file(
                desired,
                "/etc/NetworkManager/conf.d/mailwizard.conf",
                text,
                "NetworkManager leaves resolv.conf alone",
                Some("NetworkManager.service"),
            );
        }
        ResolvConfOwner::Dhclient => {
            // dhclient-script(8): a hook that defines make_resolv_conf wins over the script's own.
            let text = "# Written by mailwizard: /etc/resolv.conf names the resolver on this machine.\nmake_resolv_conf() { :; }\n";
            own_file(
                desired,
                "/etc/dhcp/dhclient-enter-hooks.d/mailwizard",
                text,
                "dhclient leaves resolv.conf alone",
                None,
            );
        }
        ResolvConfOwner::Resolvconf => {
            // The programs of this name are two: Debian's reads the first file, openresolv the second.
            let head = "nameserver 127.0.0.1\noptions edns0 trust-ad\n";
            own_file(desired, "/etc/resolvconf/resolv.conf.d/head", head, "resolvconf names our resolver first", None);
            let openresolv = "# Written by mailwizard.\nresolv_conf=/etc/resolv.conf\nname_servers=127.0.0.1\nresolv_conf_options=\"edns0 trust-ad\"\n";
            own_file(desired, "/etc/resolvconf.conf", openresolv, "openresolv names our resolver", None);
        }
    }
    desired.files.push(
        ManagedFile::text("/etc/resolv.conf", RESOLV_CONF.to_owned(), "who answers DNS questions")
            .used_by(&["postfix.service", "rspamd.service"])
            .after(UNIT),
    );
}

fn own_file(desired: &mut Desired, path: &str, text: &str, purpose: &'static str, unit: Option<&'static str>) {
    if let Some(folder) = std::path::Path::new(path).parent() {
        desired.directories.push(Directory {
            path: folder.to_owned(),
            mode: 0o755,
            owner: "root".into(),
            group: "root".into(),
        });
    }
    let mut file = ManagedFile::text(path, text.to_owned(), purpose).after(UNIT);
    if let Some(unit) = unit {
        file = file.used_by(&[unit]);
        desired.services.push(Service {
            unit,
            state_unit: unit,
            validate: Vec::new(),
            restart_on_change: true,
            ready: Vec::new(),
            enabled: true,
            purpose: "keeps the machine's network settings",
        });
    }
    desired.files.push(file);
}
