//! Unbound as the machine's own validating resolver, and `/etc/resolv.conf` through whoever owns it.

use std::net::{IpAddr, Ipv4Addr};
use std::path::Path;

use minijinja::context;

use super::server::Server;
use crate::facts::ResolvConfOwner;
use crate::spec::ResolverMode;
use crate::stacks::{CommandLine, Desired, Directory, ManagedFile, Readiness, RenderError, Service};

const UNIT: &str = "unbound.service";
/// Copies of what the operator named: unbound may read neither /root nor, under Debian's AppArmor profile, anything
/// outside its own folder.
const ROOT_HINTS: &str = "/etc/unbound/mailwizard-root.hints";
const TRUST_ANCHOR: &str = "/etc/unbound/mailwizard-root.key";

pub(super) fn add(server: &Server, desired: &mut Desired) -> Result<(), RenderError> {
    let resolver = &server.spec.resolver;
    if resolver.mode == ResolverMode::Keep {
        return Ok(());
    }
    desired.packages.names.extend(["unbound", "dns-root-data"].map(str::to_owned));
    let root_hints = resolver.root_hints.as_ref().map(|_| ROOT_HINTS);
    let settings = server.templates.render("mailwizard.conf.j2", context! { root_hints })?;
    desired.files.push(
        ManagedFile::text("/etc/unbound/unbound.conf.d/mailwizard.conf", settings, "the resolver's settings")
            .used_by(&[UNIT]),
    );
    if let Some(named) = &resolver.root_hints {
        let text = copied(named, server.materials.root_hints.as_ref(), "resolver.root_hints")?;
        desired.files.push(ManagedFile::text(ROOT_HINTS, text, "the closed network's root servers").used_by(&[UNIT]));
    }
    if let Some(named) = &resolver.trust_anchor {
        let copy = copied(named, server.materials.trust_anchor.as_ref(), "resolver.trust_anchor")?;
        desired.files.push(ManagedFile::text(TRUST_ANCHOR, copy, "the closed network's root key").used_by(&[UNIT]));
        let text = server.templates.render("trust-anchor.conf.j2", context! { trust_anchor => TRUST_ANCHOR })?;
        let path = "/etc/unbound/unbound.conf.d/root-auto-trust-anchor-file.conf";
        desired.files.push(ManagedFile::text(path, text, "the closed network's trust anchor").used_by(&[UNIT]));
    }
    desired.services.push(Service {
        // Debian's unit makes the trust anchor's file just before the first start; the checker wants it there already.
        validate: vec![
            CommandLine::new("/usr/libexec/unbound-helper", &["root_trust_anchor_update"]).writing(),
            CommandLine::new("unbound-checkconf", &[]),
        ],
        restart_on_change: true,
        ready: vec![Readiness::TcpPort(53), Readiness::Resolver(IpAddr::V4(Ipv4Addr::LOCALHOST))],
        ..Service::daemon(UNIT, "answers this machine's DNS questions, validated")
    });
    switch(server.facts.resolver.owner, desired);
    Ok(())
}

/// The text of a file that the operator named.
fn copied(named: &Path, text: Option<&String>, setting: &str) -> Result<String, RenderError> {
    text.cloned().ok_or_else(|| RenderError::Missing {
        what: format!("The file '{}' of {setting}", named.display()),
        fix: "put it there, or leave the setting out for the public root servers".into(),
    })
}

/// A file that tells an owner of `/etc/resolv.conf` to leave it alone or to name our resolver.
struct Word {
    path: &'static str,
    text: &'static str,
    /// The unit that must take it up.
    unit: Option<&'static str>,
}

/// The owner's name, as it stands in the comment of our `/etc/resolv.conf` (by which `host` knows him again), and what
/// he is told.
fn owner_told(owner: ResolvConfOwner) -> (Option<&'static str>, &'static [Word]) {
    match owner {
        ResolvConfOwner::PlainFile => (None, &[]),
        ResolvConfOwner::SystemdResolved => (
            Some("systemd-resolved"),
            &[Word {
                path: "/etc/systemd/resolved.conf.d/mailwizard.conf",
                text: "# Written by mailwizard.\n[Resolve]\nDNS=127.0.0.1\nDomains=~.\n",
                unit: Some("systemd-resolved.service"),
            }],
        ),
        ResolvConfOwner::NetworkManager => (
            Some("NetworkManager"),
            &[Word {
                path: "/etc/NetworkManager/conf.d/mailwizard.conf",
                text: "# Written by mailwizard.\n[main]\ndns=none\n",
                unit: Some("NetworkManager.service"),
            }],
        ),
        // dhclient-script(8): a hook that defines make_resolv_conf wins over the script's own.
        ResolvConfOwner::Dhclient => (
            Some("dhclient"),
            &[Word {
                path: "/etc/dhcp/dhclient-enter-hooks.d/mailwizard",
                text: "# Written by mailwizard: /etc/resolv.conf names the resolver on this machine.\nmake_resolv_conf() { :; }\n",
                unit: None,
            }],
        ),
        // dhcpcd-run-hooks(8).
        ResolvConfOwner::Dhcpcd => (
            Some("dhcpcd"),
            &[Word {
                path: "/etc/dhcpcd.enter-hook",
                text: "# Written by mailwizard: /etc/resolv.conf names the resolver on this machine.\nskip_hooks=\"$skip_hooks resolv.conf\"\n",
                unit: None,
            }],
        ),
        // The programs of this name are two: Debian's reads the first file, openresolv the second.
        ResolvConfOwner::Resolvconf => (
            Some("resolvconf"),
            &[
                Word {
                    path: "/etc/resolvconf/resolv.conf.d/head",
                    text: "nameserver 127.0.0.1\noptions edns0 trust-ad\n",
                    unit: None,
                },
                Word {
                    path: "/etc/resolvconf.conf",
                    text: "# Written by mailwizard.\nresolv_conf=/etc/resolv.conf\nname_servers=127.0.0.1\nresolv_conf_options=\"edns0 trust-ad\"\n",
                    unit: None,
                },
            ],
        ),
    }
}

/// Makes the switch, once unbound has answered. The file itself is written in every case: systemd-resolved's stub, for
/// one, does not hand "validated" on to Postfix.
fn switch(owner: ResolvConfOwner, desired: &mut Desired) {
    let (name, words) = owner_told(owner);
    if owner == ResolvConfOwner::Resolvconf {
        keep_unbound_from_entering_itself(desired);
    }
    for word in words {
        tell(word, desired);
    }
    let place = name.map(|name| format!(" in place of {name}'s")).unwrap_or_default();
    let text = format!(
        "# Written by mailwizard{place}: unbound on this machine answers, and validates.\nnameserver 127.0.0.1\noptions edns0 trust-ad\n"
    );
    desired.files.push(
        ManagedFile::text("/etc/resolv.conf", text, "who answers DNS questions")
            .used_by(&["postfix.service", "rspamd.service"])
            // A start copies it into Postfix's chroot.
            .restarts(&["postfix.service"])
            .after(UNIT),
    );
}

/// Debian's unbound enters itself with resolvconf by a unit of its own. Debian 12's resolvconf makes that unit fail, and
/// the entry then outlives unbound.
fn keep_unbound_from_entering_itself(desired: &mut Desired) {
    let path = "/etc/systemd/system/unbound-resolvconf.service.d/mailwizard.conf";
    let text = "# Written by mailwizard: resolvconf is told of unbound, and this unit does not run.\n[Unit]\nConditionPathExists=!/etc/unbound\n";
    folder_of(path, desired);
    desired.files.push(ManagedFile::text(path, text.to_owned(), "unbound does not enter itself with resolvconf"));
}

fn folder_of(path: &str, desired: &mut Desired) {
    if let Some(folder) = Path::new(path).parent().filter(|folder| *folder != Path::new("/etc")) {
        desired.directories.push(Directory {
            path: folder.to_owned(),
            mode: 0o755,
            owner: "root".into(),
            group: "root".into(),
        });
    }
}

fn tell(word: &Word, desired: &mut Desired) {
    folder_of(word.path, desired);
    let file = ManagedFile::text(word.path, word.text.to_owned(), "the owner of resolv.conf is told").after(UNIT);
    let Some(unit) = word.unit else {
        desired.files.push(file);
        return;
    };
    desired.files.push(file.used_by(&[unit]));
    desired
        .services
        .push(Service { restart_on_change: true, ..Service::daemon(unit, "keeps the machine's network settings") });
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_owner_is_named_where_he_is_looked_for_again() {
        for (owner, name) in [
            (ResolvConfOwner::SystemdResolved, "systemd-resolved"),
            (ResolvConfOwner::Resolvconf, "resolvconf"),
            (ResolvConfOwner::NetworkManager, "NetworkManager"),
            (ResolvConfOwner::Dhcpcd, "dhcpcd"),
        ] {
            let mut desired = Desired::default();
            switch(owner, &mut desired);
            let file = desired.files.last().unwrap();
            let text = String::from_utf8(file.content.bytes().to_vec()).unwrap();
            assert!(text.lines().next().unwrap().contains(name), "{text}");
            assert_eq!(file.after_unit, Some("unbound.service"));
            assert!(desired.files.len() > 1);
        }
    }

    #[test]
    fn unbound_is_kept_from_entering_itself_before_it_first_starts() {
        let mut desired = Desired::default();
        switch(ResolvConfOwner::Resolvconf, &mut desired);
        let own = desired.files.iter().find(|file| file.path.starts_with("/etc/systemd/system")).unwrap();
        assert_eq!(own.after_unit, None);
    }
}
