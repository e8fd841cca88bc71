//! The screens of each step as text, driven by keys, at three sizes and in both character sets. A change shows up as a
//! difference of `snapshots/`; look at it as a tired operator would before you accept it.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "tests stop where something is wrong")]

mod accounts;
mod budgets;
mod dkim;
mod driver;
mod fixture;
mod fuzz;
mod home;
mod keys;
mod pages;
mod returning;
mod secrets;
mod sizes;
mod trouble;
mod verify;
