//! The documents: the commands of README.md, docs/tour.md and docs/deploy.md are run word for word,
//! and so is the verifier of docs/verifier.md. Statements about the code are compared with the code.

mod calls;
mod facts;
mod first_user;
mod login;
mod platforms;
mod walk;
