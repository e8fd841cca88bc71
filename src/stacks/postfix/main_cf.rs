//! Postfix: `main.cf`, `master.cf`, its tables and its service.

use std::path::PathBuf;

use minijinja::context;

use super::local_override::merge_parameters;
use super::maps::{MAPS, Maps, relay_password};
use super::server::Server;
use super::{filter, master_cf};
use crate::stacks::{CommandLine, Desired, Directory, ManagedFile, OpenPort, Readiness, RenderError, Service};

/// The port of relays that speak TLS from the first byte (RFC 8314).
const SUBMISSIONS: u16 = 465;

/// How Postfix warns of a parameter that is set again further down.
const SET_TWICE: &str = "overriding earlier entry";

/// Parameters that a reload does not take up: those of which postconf(5) says so, the folders and the user that the
/// running master process works in, and folders of certificates, which Debian copies into the chroot at a start.
const RESTART_PARAMETERS: [&str; 8] = [
    "inet_interfaces",
    "inet_protocols",
    "queue_directory",
    "data_directory",
    "daemon_directory",
    "mail_owner",
    "smtp_tls_CApath",
    "smtpd_tls_CApath",
];

pub(super) fn add(server: &Server, desired: &mut Desired) -> Result<(), RenderError> {
    desired.packages.names.insert("postfix".into());
    desired.directories.extend([
        directory(MAPS, 0o755, "root", "root"),
        // Dovecot's sockets are made in it before Postfix's first start on Debian 13 makes it.
        directory("/var/spool/postfix/private", 0o700, "postfix", "root"),
    ]);
    let maps = Maps::new(server);
    desired.files.push(
        ManagedFile::text("/etc/postfix/main.cf", main_cf(server, &maps)?, "Postfix's settings")
            .used_by(&["postfix.service"])
            .restart_parameters(&RESTART_PARAMETERS),
    );
    let master = master_cf::render(
        server.spec,
        &server.release,
        maps.forwards(),
        server.existing("/etc/postfix/master.cf"),
        server.local("master.cf"),
    )?;
    desired.files.push(
        ManagedFile::text("/etc/postfix/master.cf", master, "Postfix's services: ports 25, 587 and 465")
            .used_by(&["postfix.service"]),
    );
    desired.files.extend(maps.files());
    if let Some(relay) = &server.spec.network.relay
        && let Some(user) = &relay.username
    {
        let password = server.materials.relay_password.as_ref().ok_or_else(|| RenderError::Missing {
            what: format!("The password of '{user}' at the relay {}", relay.host),
            fix: "name the file that holds it as network.relay.password_file".into(),
        })?;
        desired.files.push(relay_password(relay, user, password));
        desired.packages.names.insert("libsasl2-modules".into());
    }
    desired.ports.extend([
        OpenPort { port: 25, purpose: "smtp" },
        OpenPort { port: 465, purpose: "submissions" },
        OpenPort { port: 587, purpose: "submission" },
    ]);
    desired.services.push(Service {
        state_unit: if server.release.postfix_instance_unit { "postfix@-.service" } else { "postfix.service" },
        validate: vec![
            // These two name parameters and services that Postfix would ignore. Of a parameter that is set twice, as
            // by an operator who adds his own below, it takes the last one.
            CommandLine::new("postconf", &["-n"]).silent().tolerating(SET_TWICE),
            CommandLine::new("postconf", &["-M"]).silent().tolerating(SET_TWICE),
            CommandLine::new("postfix", &["check"]),
        ],
        starves_without: &[super::dovecot::UNIT],
        ready: [25, 465, 587].map(Readiness::TcpPort).to_vec(),
        ..Service::daemon("postfix.service", "receives and sends mail")
    });
    Ok(())
}

fn main_cf(server: &Server, maps: &Maps) -> Result<String, RenderError> {
    let spec = server.spec;
    let validating_resolver = server.resolver_validates();
    let relay = spec.network.relay.as_ref().map(|relay| {
        context! {
            host => relay.host.as_str(),
            port => relay.port,
            wrapper_mode => relay.port == SUBMISSIONS,
            authenticated => relay.username.is_some(),
        }
    });
    let outbound_tls = match &spec.network.relay {
        // A password goes only to a server whose certificate says that it is the relay.
        Some(relay) if relay.username.is_some() => "secure",
        Some(relay) if relay.port == SUBMISSIONS => "encrypt",
        Some(_) => "may",
        None if validating_resolver => "dane",
        None => "may",
    };
    let text = server.templates.render(
        "main.cf.j2",
        context! {
            // Debian's own values: the defaults of newer levels are not those of that version.
            compatibility_level => if server.release.postfix < (3, 9) { "3.6" } else { "3.9" },
            hostname => spec.hostname.as_str(),
            maps => MAPS,
            alias_domains => maps.alias_domains(),
            host_catch_all => maps.has_host_aliases(),
            forwards => maps.forwards(),
            message_size => u64::from(spec.protection.message_size_mb) * 1_000_000,
            key_file => server.key_file(),
            chain_file => server.chain_file(),
            outbound_tls,
            validating_resolver,
            relay,
            milters => filter::milters(server),
        },
    )?;
    match server.local("main.cf") {
        Some(own) => merge_parameters(&text, own),
        None => Ok(text),
    }
}

fn directory(path: &str, mode: u32, owner: &str, group: &str) -> Directory {
    Directory { path: PathBuf::from(path), mode, owner: owner.into(), group: group.into() }
}
