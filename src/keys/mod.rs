//! Certificates, DKIM keys and password hashes.
