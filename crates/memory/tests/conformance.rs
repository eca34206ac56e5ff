//! The storage ports, held to their suite.

use bailiwick_memory::MemoryStore;

bailiwick_testkit::conformance!(memory, async { (MemoryStore::new(), ()) });
