//! Who may call what: every operation of the document, with too little authority and with enough.

#[path = "authority/allowed.rs"]
mod allowed;
#[path = "authority/callers.rs"]
mod callers;
#[path = "authority/refused.rs"]
mod refused;
