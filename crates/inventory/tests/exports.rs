//! Exports of PowerShell and WMI in the forms that administrators send.
#![allow(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    clippy::string_slice,
    clippy::panic,
    clippy::print_stderr,
    reason = "a panic is how a test fails"
)]

use std::path::{Path, PathBuf};

use hvtriage_inventory::{InventoryFormat, Item, ItemKind, Items, identify, read_items};
use hvtriage_winfmt::FileOffset;

fn utf16(text: &str) -> Vec<u8> {
    let mut bytes = vec![0xff, 0xfe];
    bytes.extend(text.encode_utf16().flat_map(u16::to_le_bytes));
    bytes
}

/// Reads `text` in the encodings of PowerShell, which must make no difference.
fn read(format: InventoryFormat, text: &str) -> Items {
    let (plain, wide) = (text.as_bytes(), utf16(text));
    let marked = [b"\xef\xbb\xbf", plain].concat();
    let read = read_items(format, plain);
    for other in [marked, wide] {
        assert_eq!(identify(&other), Some(format), "{text}");
        let other = read_items(format, &other);
        let told = |items: &Items| -> Vec<String> {
            let mut items = items.items.clone();
            items.iter_mut().for_each(|it| it.offset = FileOffset(0));
            items.iter().map(|it| format!("{it:?}")).collect()
        };
        assert_eq!(told(&other), told(&read));
        assert_eq!(other.problems.len(), read.problems.len());
    }
    assert_eq!(identify(plain), Some(format), "{text}");
    read
}

fn whole(format: InventoryFormat, text: &str) -> Vec<Item> {
    let read = read(format, text);
    assert_eq!(read.problems, []);
    read.items
}

/// A pair as WMI writes it.
fn pair(name: &str, data: &str) -> String {
    format!(
        "<INSTANCE CLASSNAME=\"Msvm_KvpExchangeDataItem\"><PROPERTY NAME=\"Caption\" \
         PROPAGATED=\"true\" TYPE=\"string\"></PROPERTY><PROPERTY NAME=\"Data\" TYPE=\"string\">\
         <VALUE>{data}</VALUE></PROPERTY><PROPERTY NAME=\"Name\" TYPE=\"string\"><VALUE>{name}\
         </VALUE></PROPERTY><PROPERTY NAME=\"Source\" TYPE=\"uint16\"><VALUE>2</VALUE></PROPERTY>\
         </INSTANCE>"
    )
}

fn escaped(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('"', "&quot;")
}

#[test]
fn items_of_a_real_guest() {
    let beside = || Path::new(env!("CARGO_MANIFEST_DIR")).join("../../../shared/corpus");
    let corpus = std::env::var_os("HVTRIAGE_CORPUS").map_or_else(beside, PathBuf::from);
    let path = corpus.join("text/kvp_items.txt");
    let Ok(bytes) = std::fs::read(&path) else {
        eprintln!("left out: no real evidence at {} (set HVTRIAGE_CORPUS)", path.display());
        return;
    };
    assert_eq!(identify(&bytes), Some(InventoryFormat::CimXml));
    let read = read_items(InventoryFormat::CimXml, &bytes);
    assert_eq!(read.problems, []);
    let [guest] = read.items.as_slice() else { panic!("{:?}", read.items) };
    assert_eq!(guest.kind, ItemKind::GuestItems);
    assert_eq!(guest.told("FullyQualifiedDomainName"), Some("srv-web01.corp.local"));
    assert_eq!(guest.told("OSName"), Some("Windows Server 2022 Datacenter"));
    assert_eq!(guest.told("other.item"), Some("10.77.0.11"));
    let begins = &bytes[usize::try_from(guest.offset.0).unwrap()..];
    assert!(begins.starts_with(b"<INSTANCE CLASSNAME="));
}

#[test]
fn attributes_and_properties_in_any_order_and_values_that_are_missing() {
    let text = "<?xml version=\"1.0\"?>\n<CIM><DECLGROUP>\n<VALUE.OBJECT>\
        <INSTANCE PATH='x' CLASSNAME='Msvm_KvpExchangeDataItem'>\
        <PROPERTY TYPE='string' NAME='Name'><VALUE>OSName</VALUE></PROPERTY>\
        <PROPERTY TYPE='string' NAME='Data'><VALUE>Windows &amp; <![CDATA[<more>]]></VALUE></PROPERTY>\
        </INSTANCE></VALUE.OBJECT>\n\
        <VALUE.OBJECT><INSTANCE CLASSNAME='Msvm_KvpExchangeDataItem'>\
        <PROPERTY NAME='Data' TYPE='string'/><PROPERTY NAME='Name'><VALUE>CSDVersion</VALUE></PROPERTY>\
        </INSTANCE></VALUE.OBJECT></DECLGROUP></CIM>";
    let items = whole(InventoryFormat::CimXml, text);
    assert_eq!(items.len(), 1);
    assert_eq!(items[0].told("osname"), Some("Windows & <more>"));
    assert_eq!(items[0].told("CSDVersion"), None);
}

/// Pairs of one virtual machine after the other, without a word between.
#[test]
fn a_name_that_comes_again_begins_another_guest() {
    let text = [
        pair("FullyQualifiedDomainName", "a.contoso.example"),
        pair("OSName", "Windows Server 2012 R2 Standard"),
        pair("FullyQualifiedDomainName", "b.contoso.example"),
        pair("OSName", "CentOS Linux"),
    ]
    .join("\r\n");
    let items = whole(InventoryFormat::CimXml, &text);
    let told: Vec<_> = items
        .iter()
        .map(|it| {
            (it.number, it.told("FullyQualifiedDomainName").unwrap(), it.told("OSName").unwrap())
        })
        .collect();
    assert_eq!(
        told,
        [
            (1, "a.contoso.example", "Windows Server 2012 R2 Standard"),
            (2, "b.contoso.example", "CentOS Linux")
        ]
    );
}

#[test]
fn a_component_names_its_virtual_machine() {
    let value = |text: &str| format!("<VALUE>{}</VALUE>", escaped(text));
    let text = format!(
        "<INSTANCE CLASSNAME=\"Msvm_KvpExchangeComponent\"><PROPERTY NAME=\"SystemName\">\
         <VALUE>6B9DB33B-48EC-4DEB-9DA1-E4C1B5CF0C12</VALUE></PROPERTY><PROPERTY.ARRAY \
         NAME=\"GuestIntrinsicExchangeItems\"><VALUE.ARRAY>{}{}</VALUE.ARRAY></PROPERTY.ARRAY>\
         </INSTANCE>",
        value(&pair("OSName", "Windows Server 2019")),
        value(&pair("IntegrationServicesVersion", "10.0.17763.1"))
    );
    let items = whole(InventoryFormat::CimXml, &text);
    assert_eq!(items.len(), 1);
    assert_eq!(items[0].get("SystemName"), Some("6B9DB33B-48EC-4DEB-9DA1-E4C1B5CF0C12"));
    assert_eq!(items[0].told("OSName"), Some("Windows Server 2019"));
    assert_eq!(items[0].told("IntegrationServicesVersion"), Some("10.0.17763.1"));
}

const CLASSES: &str = "<TN RefId=\"0\"><T>Microsoft.HyperV.PowerShell.VirtualMachine</T>\
    <T>Microsoft.HyperV.PowerShell.VirtualMachineBase</T><T>System.Object</T></TN>";

/// Two virtual machines as `Get-VM | Export-Clixml` writes them.
fn clixml() -> String {
    format!(
        "<Objs Version=\"1.1.0.1\" xmlns=\"http://schemas.microsoft.com/powershell/2004/04\">\n\
         <Obj RefId=\"0\">{CLASSES}<ToString>VirtualMachine (Name = 'SQL01')</ToString><Props>\
         <S N=\"VMName\">SQL01</S><G N=\"VMId\">6b9db33b-48ec-4deb-9da1-e4c1b5cf0c12</G>\
         <Obj N=\"State\" RefId=\"1\"><TN RefId=\"1\"><T>Microsoft.HyperV.PowerShell.VMState</T>\
         <T>System.Enum</T></TN><ToString>Running</ToString><I32>2</I32></Obj>\
         <Version N=\"IntegrationServicesVersion\">6.3.9600.17415</Version>\
         <S N=\"Notes\">one_x000D__x000A_two</S><Nil N=\"ParentSnapshotId\" />\
         <TS N=\"Uptime\">P1DT2H3M4S</TS><S N=\"ComputerName\">HV1</S>\
         <Obj N=\"VMIntegrationService\" RefId=\"2\"><TN RefId=\"2\"><T>System.Collections.ObjectModel\
         .ReadOnlyCollection`1</T><T>System.Object</T></TN><LST><Obj RefId=\"3\"><TN RefId=\"3\">\
         <T>Microsoft.HyperV.PowerShell.ShutdownComponent</T>\
         <T>Microsoft.HyperV.PowerShell.VMIntegrationComponent</T></TN><ToString>Shutdown</ToString>\
         <Props><B N=\"Enabled\">true</B><S N=\"PrimaryStatusDescription\">OK</S>\
         <S N=\"Name\">Shutdown</S><S N=\"VMName\">SQL01</S></Props></Obj></LST></Obj>\
         </Props></Obj>\n\
         <Obj RefId=\"4\"><TNRef RefId=\"0\" /><Props><S N=\"VMName\">LNX01</S>\
         <Ref N=\"State\" RefId=\"1\" /><Version N=\"IntegrationServicesVersion\">0.0</Version></Props>\
         <MS><S N=\"PSComputerName\">HV2</S></MS></Obj>\n</Objs>"
    )
}

#[test]
fn objects_with_types_and_values_that_stand_elsewhere() {
    let items = whole(InventoryFormat::CliXml, &clixml());
    let kinds: Vec<_> = items.iter().map(|it| (it.number, it.kind)).collect();
    assert_eq!(
        kinds,
        [
            (1, ItemKind::VirtualMachine),
            (2, ItemKind::IntegrationService),
            (3, ItemKind::VirtualMachine)
        ]
    );
    let [first, service, second] = items.as_slice() else { panic!("{items:?}") };
    assert_eq!(first.get("vmid"), Some("6b9db33b-48ec-4deb-9da1-e4c1b5cf0c12"));
    assert_eq!(first.get("State"), Some("Running"));
    assert_eq!(first.get("IntegrationServicesVersion"), Some("6.3.9600.17415"));
    assert_eq!(first.get("Notes"), Some("one\r\ntwo"));
    assert_eq!(first.get("ParentSnapshotId"), None);
    // What nobody asks for is not kept.
    assert_eq!(first.get("VMIntegrationService"), None);
    assert_eq!(service.get("PrimaryStatusDescription"), Some("OK"));
    assert_eq!(second.get("VMName"), Some("LNX01"));
    assert_eq!(second.get("State"), Some("Running"));
    assert_eq!(second.get("PSComputerName"), Some("HV2"));
    let text = clixml();
    let at = usize::try_from(second.offset.0).unwrap();
    assert!(text[at..].starts_with("<Obj RefId=\"4\">"));
}

#[test]
fn guest_items_inside_of_objects() {
    let text = format!(
        "<Objs Version=\"1.1.0.1\" xmlns=\"http://schemas.microsoft.com/powershell/2004/04\">\
         <Obj RefId=\"0\"><TN RefId=\"0\"><T>System.Management.ManagementObject#root\\virtualization\\v2\
         \\Msvm_KvpExchangeComponent</T></TN><Props><S N=\"__SERVER\">HV1</S>\
         <S N=\"SystemName\">6B9DB33B-48EC-4DEB-9DA1-E4C1B5CF0C12</S>\
         <Obj N=\"GuestIntrinsicExchangeItems\" RefId=\"1\"><TN RefId=\"1\"><T>System.String[]</T></TN>\
         <LST><S>{}</S><S>{}</S></LST></Obj></Props></Obj></Objs>",
        escaped(&pair("FullyQualifiedDomainName", "sql01.contoso.example")),
        escaped(&pair("OSBuildNumber", "9600"))
    );
    let items = whole(InventoryFormat::CliXml, &text);
    assert_eq!(items.len(), 1);
    assert_eq!(items[0].kind, ItemKind::GuestItems);
    assert_eq!(items[0].get("__SERVER"), Some("HV1"));
    assert_eq!(items[0].told("FullyQualifiedDomainName"), Some("sql01.contoso.example"));
    assert_eq!(items[0].told("OSBuildNumber"), Some("9600"));
}

/// `Get-VM | Export-Csv`: with the class, without it, and as in a country with decimal commas.
#[test]
fn tables() {
    let rows = "\"VMName\",\"State\",\"IntegrationServicesVersion\",\"Notes\"\r\n\
                \"SQL01\",\"Running\",\"6.3.9600.17415\",\"a, \"\"b\"\"\r\nc\"\r\n\
                \"LNX01\",\"Running\",\"\",\"\"\r\n";
    let typed = format!("#TYPE Microsoft.HyperV.PowerShell.VirtualMachine\r\n{rows}");
    let plain = rows.replace('"', "").replace("a, b\r\nc", "none");
    for (text, notes) in [
        (typed.as_str(), "a, \"b\"\r\nc"),
        (rows, "a, \"b\"\r\nc"),
        (&plain, "none"),
        (&plain.replace(',', ";"), "none"),
        (&plain.replace(',', "\t"), "none"),
    ] {
        let items = whole(InventoryFormat::Csv, text);
        assert_eq!(items.len(), 2, "{text}");
        assert_eq!(items[0].get("IntegrationServicesVersion"), Some("6.3.9600.17415"));
        assert_eq!(items[0].get("Notes"), Some(notes));
        assert_eq!(items[1].get("VMName"), Some("LNX01"));
        assert_eq!(items[1].get("IntegrationServicesVersion"), None);
        let at = usize::try_from(items[1].offset.0).unwrap();
        assert!(text[at..].trim_start_matches('"').starts_with("LNX01"), "{}", &text[at..]);
    }
}

#[test]
fn tables_of_what_guests_tell() {
    let wide = "VMName,FullyQualifiedDomainName,OSName\nSQL01,sql01.contoso.example,Windows\n";
    let items = whole(InventoryFormat::Csv, wide);
    assert_eq!(items[0].kind, ItemKind::GuestItems);
    assert_eq!(items[0].get("VMName"), Some("SQL01"));
    assert_eq!(items[0].told("OSName"), Some("Windows"));
    let long = "VMName,Name,Data\nSQL01,OSName,Windows\nSQL01,OSBuildNumber,9600\n\
                LNX01,OSName,CentOS Linux\n";
    let items = whole(InventoryFormat::Csv, long);
    let told: Vec<_> = items.iter().map(|it| (it.get("VMName"), it.told("OSName"))).collect();
    assert_eq!(told, [(Some("SQL01"), Some("Windows")), (Some("LNX01"), Some("CentOS Linux"))]);
}

#[test]
fn lists() {
    let text = "\r\n\r\nVMName                     : SQL01\r\n\
                VMId                       : 6b9db33b-48ec-4deb-9da1-e4c1b5cf0c12\r\n\
                Notes                      : a text that is longer than\r\n\
                \x20                            a line : and more\r\n\
                State                      : Running\r\n\
                IntegrationServicesVersion : 6.3.9600.17415\r\n\
                Version                    :\r\n\
                Uptime                     : 1.02:03:04\r\n\r\n\
                VMName                     : LNX01\r\n\
                State                      : Off\r\n\
                IntegrationServicesVersion : 0.0\r\n\r\n\r\n";
    let items = whole(InventoryFormat::List, text);
    assert_eq!(items.len(), 2);
    assert_eq!(items[0].get("Notes"), Some("a text that is longer than a line : and more"));
    assert_eq!(items[0].get("Uptime"), Some("1.02:03:04"));
    assert_eq!(items[0].get("Version"), None);
    assert_eq!(items[1].get("VMName"), Some("LNX01"));
    let at = usize::try_from(items[1].offset.0).unwrap();
    assert!(text[at..].starts_with("VMName                     : LNX01"));
    let typed = format!("PS C:\\> Get-VM | fl *\r\n{text}");
    assert_eq!(whole(InventoryFormat::List, &typed).len(), 2);
    let pairs = "Name : OSName\nData : Windows\n\nName : OSVersion\nData : 6.3.9600\n\n";
    let items = whole(InventoryFormat::List, pairs);
    assert_eq!(items.len(), 1);
    assert_eq!(items[0].told("OSVersion"), Some("6.3.9600"));
}

/// `Get-WmiObject ... | fl` prints each pair on lines of its own, which begin with an instance; the id of
/// the virtual machine stands before them, and no class where properties were chosen.
#[test]
fn a_list_of_pairs_says_whose_they_are() {
    let items = [pair("FullyQualifiedDomainName", "fs9.corp.local"), pair("OSName", "Windows")];
    let wrapped = items.join(",\r\n                              ");
    let id = "0F9E3B53-6AD4-4C8D-8BC2-23D3E7A2D111";
    let chosen = format!(
        "SystemName                  : {id}\r\nGuestIntrinsicExchangeItems : {{{wrapped}}}\r\n\r\n"
    );
    let whole_class = format!(
        "__CLASS                     : Msvm_KvpExchangeComponent\r\n\
         GuestExchangeItems          : {{}}\r\n{chosen}"
    );
    for text in [chosen, whole_class] {
        let items = whole(InventoryFormat::List, &text);
        assert_eq!((items.len(), items[0].kind), (1, ItemKind::GuestItems));
        assert_eq!(items[0].get("SystemName"), Some(id));
        assert_eq!(items[0].told("FullyQualifiedDomainName"), Some("fs9.corp.local"));
        assert_eq!(items[0].told("OSName"), Some("Windows"));
    }
}

/// A word that is longer than the screen is wide is parted without a blank.
#[test]
fn a_long_word_comes_together_again() {
    let text = "Name                     : SQL01\nIntegrationServicesState : Up to date\n\
                Notes                    : C:\\ClusterStorage\\Volume1\\\n\
                \x20                          SQL01\n";
    let items = whole(InventoryFormat::List, text);
    assert_eq!(items[0].get("Notes"), Some("C:\\ClusterStorage\\Volume1\\SQL01"));
}

#[test]
fn what_is_damaged_is_told_and_the_rest_is_read() {
    let whole = clixml();
    // A tag in the first machine is broken, the second is whole.
    let broken = whole.replace("<S N=\"ComputerName\">HV1</S>", "<S N=\"ComputerName\">HV1</X>");
    let read_broken = read_items(InventoryFormat::CliXml, broken.as_bytes());
    assert_eq!(read_broken.problems.len(), 1, "{:?}", read_broken.problems);
    let at = usize::try_from(read_broken.problems[0].at.0).unwrap();
    assert!(broken[at..].starts_with("</X>"), "{}", &broken[at..]);
    let names: Vec<_> = read_broken.items.iter().map(|it| it.get("VMName").unwrap()).collect();
    assert_eq!(names, ["SQL01", "SQL01", "LNX01"]);
    // Cut inside of the second.
    let cut = &whole[..whole.find("<Ref N=").unwrap()];
    let read_cut = read_items(InventoryFormat::CliXml, cut.as_bytes());
    assert_eq!(read_cut.problems.len(), 1);
    assert_eq!(read_cut.items[2].get("VMName"), Some("LNX01"));
    // A table whose last line is cut.
    let table = "VMName,State,IntegrationServicesVersion\nSQL01,Running,6.3.9600.17415\nLNX";
    let read_table = read_items(InventoryFormat::Csv, table.as_bytes());
    assert_eq!(read_table.problems.len(), 1);
    assert_eq!(read_table.problems[0].at.0, u64::try_from(table.find("LNX").unwrap()).unwrap());
    assert_eq!(read_table.items[0].get("VMName"), Some("SQL01"));
}

#[test]
fn other_files_are_none() {
    let other_objects = clixml()
        .replace("Microsoft.HyperV.PowerShell.", "Contoso.")
        .replace("IntegrationServicesVersion", "Number");
    for other in [
        "",
        "VMName",
        "Name,Value\nOSName,Windows\n",
        "Name,Data\nColour,green\n",
        "Name,State,Path\nservice,Running,c:\\x\n",
        "Name : Spooler\nStatus : Running\n",
        "Note : IntegrationServicesVersion is told by Get-VM\n",
        "<html><body>Msvm_KvpExchangeDataItem IntegrationServicesVersion</body></html>",
        "$xml = '<INSTANCE CLASSNAME=\"Msvm_KvpExchangeDataItem\"></INSTANCE>'\n",
        "<INSTANCE CLASSNAME=\"Win32_Service\"><PROPERTY NAME=\"Name\"/></INSTANCE>",
        "[HKEY_LOCAL_MACHINE\\SOFTWARE]\n",
        "see Windows Registry Editor Version 5.00",
        other_objects.as_str(),
    ] {
        assert_eq!(identify(other.as_bytes()), None, "{other}");
        assert_eq!(identify(&utf16(other)), None, "{other}");
    }
    assert_eq!(identify(b"MZ\0\0VMName,State,IntegrationServicesVersion"), None);
}
