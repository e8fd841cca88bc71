//! Carries a plan out: lock, backup, journal, resume, undo.
