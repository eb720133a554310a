//! Every integration test, in one binary: linking many costs more than
//! running them.

mod generated;
