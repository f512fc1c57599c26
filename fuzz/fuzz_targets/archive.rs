#![no_main]

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| hvtriage_fuzz_properties::archive(bytes));
