//! Every way of proving who asks, under a fixed clock.
