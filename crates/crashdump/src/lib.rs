//! crashdump
