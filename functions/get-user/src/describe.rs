use shared::http::{
    describe::{Described, Operation},
    zitadel,
};

use crate::{GetUser, REQUEST};

impl Described for GetUser {
    fn operation() -> Operation {
        zitadel::show(REQUEST)
    }

    fn call() -> Operation {
        zitadel::show_call(REQUEST)
    }
}
