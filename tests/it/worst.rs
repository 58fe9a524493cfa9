//! A model that does what any text tells it: it acts on nobody's word but its person's, and
//! carries nothing out.

mod leaks;
mod links;
mod model;
mod suite;
mod tasks;
