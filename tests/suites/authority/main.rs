//! Calls every operation of the document with too little authority and with enough.

mod allowed;
mod callers;
mod refused;
