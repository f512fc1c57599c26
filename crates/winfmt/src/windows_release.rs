//! What a build of Windows is called.

/// Which of the two lines of Windows a machine runs.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ProductLine {
    /// `VER_NT_WORKSTATION`, product type 1.
    Client,
    /// Servers and domain controllers, product types 2 and 3.
    Server,
}

/// Build, name of the client, name of the server. From 1903 on updates that raise the build leave
/// the kernel's own number as it was (a 22H2 writes dumps with 19041), so one number stands for
/// several releases.
const RELEASES: [(u32, &str, &str); 23] = [
    (6001, "Windows Vista SP1", "Windows Server 2008"),
    (6002, "Windows Vista SP2", "Windows Server 2008 SP2"),
    (7600, "Windows 7", "Windows Server 2008 R2"),
    (7601, "Windows 7 SP1", "Windows Server 2008 R2 SP1"),
    (9200, "Windows 8", "Windows Server 2012"),
    (9600, "Windows 8.1", "Windows Server 2012 R2"),
    (10240, "Windows 10 1507", ""),
    (10586, "Windows 10 1511", ""),
    (14393, "Windows 10 1607", "Windows Server 2016"),
    (15063, "Windows 10 1703", ""),
    (16299, "Windows 10 1709", "Windows Server 1709"),
    (17134, "Windows 10 1803", "Windows Server 1803"),
    (17763, "Windows 10 1809", "Windows Server 2019"),
    (18362, "Windows 10 1903 or 1909", "Windows Server 1903 or 1909"),
    (18363, "Windows 10 1909", "Windows Server 1909"),
    (19041, "Windows 10 2004 to 22H2", "Windows Server 2004 or 20H2"),
    (19042, "Windows 10 20H2", "Windows Server 20H2"),
    (19045, "Windows 10 22H2", ""),
    (20348, "", "Windows Server 2022"),
    (22000, "Windows 11 21H2", ""),
    (22621, "Windows 11 22H2 or 23H2", ""),
    (25398, "", "Windows Server 23H2"),
    (26100, "Windows 11 24H2 or 25H2", "Windows Server 2025"),
];

/// The name of `build`, `Windows Server 2008 R2 SP1` of 7601; of a machine whose line is not known,
/// both names where there are two.
#[must_use]
pub fn windows_release(build: u32, line: Option<ProductLine>) -> Option<String> {
    let (_, client, server) = RELEASES.iter().find(|(known, _, _)| *known == build)?;
    let names = match line {
        Some(ProductLine::Client) => [*client, ""],
        Some(ProductLine::Server) => [*server, ""],
        None => [*client, *server],
    };
    let names: Vec<&str> = names.into_iter().filter(|name| !name.is_empty()).collect();
    (!names.is_empty()).then(|| names.join(" or "))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn builds_have_the_names_that_they_were_sold_under() {
        let server = |build| windows_release(build, Some(ProductLine::Server));
        assert_eq!(server(7601).as_deref(), Some("Windows Server 2008 R2 SP1"));
        assert_eq!(server(20348).as_deref(), Some("Windows Server 2022"));
        assert_eq!(server(22000), None);
        let both = windows_release(9200, None);
        assert_eq!(both.as_deref(), Some("Windows 8 or Windows Server 2012"));
        assert_eq!(windows_release(7602, None), None);
    }

    #[test]
    fn releases_are_in_order() {
        assert!(RELEASES.is_sorted_by(|left, right| left.0 < right.0));
    }
}
