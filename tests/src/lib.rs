//! Black box tests: the harness that starts a server and speaks to it as its users do.
