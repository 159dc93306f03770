//! Every permission of every role is used.
