//! The documents: the commands of README.md, docs/tour.md and docs/deploy.md are run word for word,
//! and statements about the code are compared with the code.

mod calls;
mod facts;
mod first_user;
mod login;
mod walk;
