//! Working through files: uploading them, putting them together, launching jobs, taking tasks, annotating, looking at the
//! work of others, taking it away, and taking people out.

mod annotating;
mod annotators;
mod bounds;
mod content;
mod datasets;
mod exports;
mod house;
mod importers;
mod imports;
mod jobs;
mod keys;
mod labels;
mod leases;
mod leaving;
mod reviews;
mod sources;
mod uploads;
