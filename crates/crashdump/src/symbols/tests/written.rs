//! A PDB written by hand: public names, and procedures in object files. Layout: LLVM, "The PDB File
//! Format".

const PAGE: usize = 0x400;
pub(super) const GUID: [u8; 16] = [7; 16];

/// What the PDB tells. There is one section, at 0x1000.
#[derive(Default)]
pub(super) struct Written {
    /// Offsets of functions in the section, with their public names.
    pub(super) publics: Vec<(u32, String)>,
    /// Offset, size and name of the procedures of an object file.
    pub(super) procedures: Vec<(u32, u32, String)>,
    /// How many object files share those procedures.
    pub(super) object_files: usize,
    /// How many streams there are that nobody asks for.
    pub(super) other_streams: usize,
}

impl Written {
    pub(super) fn bytes(&self) -> Vec<u8> {
        let mut information = Vec::new();
        put(&mut information, &[20_000_404, 0, 1]);
        information.extend(GUID);
        put(&mut information, &[0; 5]);
        let mut section = vec![0; 40];
        section[8..12].copy_from_slice(&0x10_0000_u32.to_le_bytes());
        section[12..16].copy_from_slice(&0x1000_u32.to_le_bytes());
        let object_file = self.object_file();
        let debug = self.debug_information(object_file.len());
        let names = self.public_names();
        let mut streams = vec![vec![], information, vec![], debug, names, object_file, section];
        // Before those that are read, so that they are passed each time.
        streams.splice(5..5, vec![vec![]; self.other_streams]);
        in_pages(&streams)
    }

    fn object_file_stream(&self) -> u16 {
        u16::try_from(5 + self.other_streams).unwrap()
    }

    fn public_names(&self) -> Vec<u8> {
        let mut stream = Vec::new();
        for (offset, name) in &self.publics {
            let mut body = Vec::new();
            put(&mut body, &[2, *offset]); // a function
            body.extend(1_u16.to_le_bytes());
            symbol(&mut stream, 0x110E, body, name);
        }
        stream
    }

    fn object_file(&self) -> Vec<u8> {
        let mut stream = 4_u32.to_le_bytes().to_vec();
        for (offset, size, name) in &self.procedures {
            let mut body = Vec::new();
            put(&mut body, &[0, 0, 0, *size, 0, 0, 0, *offset]);
            body.extend(1_u16.to_le_bytes());
            body.push(0);
            symbol(&mut stream, 0x1110, body, name);
        }
        stream
    }

    fn debug_information(&self, symbol_bytes: usize) -> Vec<u8> {
        let mut entry = vec![0; 34];
        entry.extend(self.object_file_stream().to_le_bytes());
        put(&mut entry, &[u32::try_from(symbol_bytes).unwrap(), 0, 0, 0, 0, 0, 0]);
        entry.extend(b"a\0b\0");
        let entry_bytes = entry.len().next_multiple_of(4);
        entry.resize(entry_bytes, 0);
        let modules = entry.repeat(self.object_files);
        let mut stream = Vec::new();
        put(&mut stream, &[u32::MAX, 19_990_903, 1]);
        let indices = [0xFFFF_u16, 0x8E00, 0xFFFF, 0, 4, 0];
        stream.extend(indices.into_iter().flat_map(u16::to_le_bytes));
        put(&mut stream, &[u32::try_from(modules.len()).unwrap(), 0, 0, 0, 0, 0, 22, 0]);
        stream.extend([0, 0, 0x64, 0x86, 0, 0, 0, 0]);
        stream.extend(modules);
        let mut others = [0xFFFF_u16; 11];
        others[5] = self.object_file_stream() + 1;
        stream.extend(others.into_iter().flat_map(u16::to_le_bytes));
        stream
    }
}

fn put(stream: &mut Vec<u8>, numbers: &[u32]) {
    stream.extend(numbers.iter().flat_map(|number| number.to_le_bytes()));
}

fn symbol(stream: &mut Vec<u8>, kind: u16, mut body: Vec<u8>, name: &str) {
    body.extend(name.bytes());
    body.push(0);
    let size = (body.len() + 4).next_multiple_of(4) - 4;
    body.resize(size, 0);
    stream.extend(u16::try_from(size + 2).unwrap().to_le_bytes());
    stream.extend(kind.to_le_bytes());
    stream.extend(body);
}

/// The streams in pages, with their directory.
fn in_pages(streams: &[Vec<u8>]) -> Vec<u8> {
    let mut file = vec![0; 3 * PAGE];
    let mut store = |bytes: &[u8]| -> Vec<u32> {
        let pages = bytes.chunks(PAGE).map(|page| {
            let number = u32::try_from(file.len() / PAGE).unwrap();
            file.extend(page);
            file.resize(file.len().next_multiple_of(PAGE), 0);
            number
        });
        pages.collect()
    };
    let pages: Vec<Vec<u32>> = streams.iter().map(|stream| store(stream)).collect();
    let mut directory = Vec::new();
    put(&mut directory, &[u32::try_from(streams.len()).unwrap()]);
    for stream in streams {
        put(&mut directory, &[u32::try_from(stream.len()).unwrap()]);
    }
    for pages in &pages {
        put(&mut directory, pages);
    }
    let mut list = Vec::new();
    put(&mut list, &store(&directory));
    let list_pages = store(&list);
    let mut header = b"Microsoft C/C++ MSF 7.00\r\n\x1aDS\0\0\0".to_vec();
    let [page, pages, size] = [PAGE, file.len() / PAGE, directory.len()];
    let [page, pages, size] = [page, pages, size].map(|it| u32::try_from(it).unwrap());
    put(&mut header, &[page, 1, pages, size, 0]);
    put(&mut header, &list_pages);
    file[..header.len()].copy_from_slice(&header);
    file
}
