//! Two nodes of 2019, known by their cluster logs and by what `msinfo32` wrote: no event log, no dump.

use super::{Evidence, Folder, Sample};
use crate::inventory::utf16;

pub(super) fn files() -> Vec<Sample> {
    let mut folder = Folder::new("cluster-logs-2019");
    let mut add = |path: &str, bytes: Vec<u8>| folder.add(path, Evidence::Bytes(bytes));
    add("HV51_cluster.log", utf16(&windows_lines(&of_hv51())));
    // Written with -UseLocalTime, seven hours west of UTC, and saved as UTF-8.
    add("HV52_cluster.log", windows_lines(&of_hv52()).into_bytes());
    add("HV51/msinfo32.nfo", utf16(&windows_lines(&report_of_hv51())));
    add("HV52/msinfo32.txt", utf16(&windows_lines(&report_of_hv52())));
    folder.samples
}

fn windows_lines(text: &str) -> String {
    text.replace('\n', "\r\n")
}

fn head(node: &str, id: u32, clock: &str) -> String {
    format!(
        "[=== Cluster ===]\n\n\
         Build Number 17763\n\
         UTC = localtime + time zone offset;the time zone offset of this machine is 420 minutes, or 7 hours\n\
         The logs were generated using {clock}\n\
         Current node: name ({node}) id ({id})\n\n\
         [=== Resources ===]\n\n\
         Name,ResourceType,Group,Node\n\
         Cluster Disk 1,Physical Disk,0a7b5e0c,HV52\n\
         Virtual Machine SQL51,Virtual Machine,1b8c6f1d,HV51\n\n\
         [=== Nodes ===]\n\n\
         Name,Id,State\nHV51,1,Up\nHV52,2,Down\n\n"
    )
}

/// A line of a log: channel, time, level and component, text.
fn line(channel: &str, time: &str, level: &str, text: &str) -> String {
    let channel = if channel.is_empty() { String::new() } else { format!("[{channel}] ") };
    format!("{channel}00001a3c.00002f60::{time} {level:<5} {text}\n")
}

fn of_hv51() -> String {
    let mut text =
        head("HV51", 1, "Coordinated Universal Time (UTC). Use -UseLocalTime for local time.");
    text += "[=== System ===]\n\n";
    let event = |time: &str, level: &str, text: &str| line("System", time, level, text);
    // For information, in the words of the error.
    text += &event(
        "2024/03/11-09:12:44.871",
        "INFO",
        "Cluster resource 'Virtual Machine SQL51' of type 'Virtual Machine' in clustered role 'SQL51' failed.",
    );
    text += &event(
        "2024/03/12-10:01:30.412",
        "ERR",
        "Cluster node 'HV52' was removed from the active failover cluster membership. The Cluster service on \
         this node may have stopped. This could also be due to the node having lost communication with other \
         active nodes in the failover cluster.",
    );
    text += &event(
        "2024/03/12-10:01:40.055",
        "ERR",
        "Cluster Shared Volume 'Volume1' ('Cluster Disk 1') is no longer accessible from this cluster node \
         because of error '(1460)'. Please troubleshoot this node's connectivity to the storage device and \
         network connectivity.",
    );
    text += "\n[=== Cluster Logs ===]\n\n";
    let trace = |time: &str, level: &str, text: &str| line("", time, level, text);
    // The other node is shut down for updates the day before: it leaves the view, and comes back.
    text += &trace(
        "2024/03/11-20:00:02.100",
        "INFO",
        "[CORE] Graceful shutdown reported by node HV52, reason ServiceStopReason::ServiceShutdown, nodeIsUp false \
         (payload 327682)",
    );
    text += &trace(
        "2024/03/11-20:00:02.731",
        "INFO",
        "[CORE] Node 1: New View is <ViewChanged joiners=() downers=(2) newView=301(1) oldView=201(1 2) \
         joiner=false form=false/> (Start Dispatch)",
    );
    text += &trace("2024/03/11-20:00:02.733", "WARN", "[QUORUM] Node 1: One off quorum (1)");
    // A resource is moved, and reports what it always reports.
    text += &trace(
        "2024/03/12-08:30:11.090",
        "INFO",
        "[RCM] HandleMonitorReply: FAILURENOTIFICATION for 'Virtual Machine WEB51', gen(0) result 0/0.",
    );
    text += &trace(
        "2024/03/12-08:30:12.000",
        "WARN",
        "[RES] Generic Script <Notes>: Cluster node 'HV53' was removed from the active failover cluster membership",
    );
    text += "Cluster Shared Volume 'Volume9' ('Cluster Disk 9') is no longer accessible from this cluster node \
             because of error '(5)'. A line without a head is no entry.\n";
    text += &trace(
        "2024/03/12-10:01:29.980",
        "DBG",
        "[NETFTAPI] Signaled NetftRemoteUnreachable event, local address 10.5.1.51:3343 remote address 10.5.1.52:3343",
    );
    text
}

/// Its disk hangs, then its heartbeat is gone, and it stops itself.
fn of_hv52() -> String {
    let mut text = head("HV52", 2, "local time");
    text += "[=== Cluster Logs ===]\n\n";
    let trace = |time: &str, level: &str, text: &str| line("Verbose", time, level, text);
    text += &trace(
        "2024/03/12-03:00:12.500",
        "INFO",
        "[RHS] Resource Virtual Machine FS51 has come online. RHS is about to report status change to RCM",
    );
    text += &trace(
        "2024/03/12-03:00:41.018",
        "ERR",
        "[RHS] RhsCall::DeadlockMonitor: Call ISALIVE timed out by 16 milliseconds for resource 'Cluster Disk 1'.",
    );
    text += &trace(
        "2024/03/12-03:00:41.322",
        "WARN",
        "[RCM] rcm::RcmResource::HandleMonitorReply: Resource 'Cluster Disk 1' has crashed or deadlocked; marking it \
         to run in a separate monitor.",
    );
    text += &trace("2024/03/12-03:01:31.204", "ERR", "[QUORUM] Node 2: Lost quorum (2)");
    text += &trace(
        "2024/03/12-03:01:31.204",
        "ERR",
        "[QUORUM] Node 2: goingAway: 0, core.IsServiceShutdown: 0",
    );
    text += &trace("2024/03/12-03:01:31.204", "ERR", "lost quorum (status = 5925)");
    text += &trace(
        "2024/03/12-03:01:31.260",
        "WARN",
        "[RHS] Cluster service has terminated. Cluster.Service.Running.Event got signaled.",
    );
    text
}

type Driver = (&'static str, &'static str, bool);

/// A scanner that runs, another whose driver was left behind, one of Windows.
const DRIVERS: [Driver; 5] = [
    ("acpi", "Microsoft ACPI Driver", true),
    ("mfehidk", "McAfee Inc. mfehidk", true),
    ("savonaccess", "SAVOnAccess", false),
    ("storflt", "Microsoft Hyper-V Storage Accelerator", true),
    ("vmswitch", "VMSwitch", true),
];

fn summary(name: &'static str) -> [(&'static str, &'static str, &'static str); 8] {
    [
        ("OS Name", "Betriebsystemname", "Microsoft Windows Server 2019 Datacenter"),
        ("Version", "Version", "10.0.17763 Build 17763"),
        ("Other OS Description", "Weitere Betriebsystembeschreibung", "Not Available"),
        ("OS Manufacturer", "Betriebsystemhersteller", "Microsoft Corporation"),
        ("System Name", "Systemname", name),
        ("System Manufacturer", "Systemhersteller", "Contoso"),
        ("System Model", "Systemmodell", "Server 2U"),
        ("System Type", "Systemtyp", "x64-based PC"),
    ]
}

fn report_of_hv51() -> String {
    let element = |name: &str, value: &str| format!("<{name}><![CDATA[{value}]]></{name}>\n");
    let mut text = String::from(
        "<?xml version=\"1.0\"?>\n<MsInfo>\n<Metadata>\n<Version>8.0</Version>\n</Metadata>\n\
         <Category name=\"System Summary\">\n",
    );
    for (name, _, value) in summary("HV51") {
        text += &format!("<Data>\n{}{}</Data>\n", element("Item", name), element("Value", value));
    }
    text += "<Category name=\"Software Environment\">\n<Category name=\"System Drivers\">\n";
    for (name, description, is_started) in DRIVERS {
        let (started, state) = if is_started { ("Yes", "Running") } else { ("No", "Stopped") };
        let file = format!(r"c:\windows\system32\drivers\{name}.sys");
        let cells = [
            ("Name", name),
            ("Description", description),
            ("File", &file),
            ("Type", "Kernel Driver"),
            ("Started", started),
            ("Start_Mode", "Boot"),
            ("State", state),
            ("Status", "OK"),
            ("Error_Control", "Normal"),
            ("Accept_Pause", "No"),
            ("Accept_Stop", "Yes"),
        ];
        let cells: String = cells.iter().map(|(name, value)| element(name, value)).collect();
        text += &format!("<Data>\n{cells}</Data>\n");
    }
    text += "</Category>\n<Category name=\"Services\">\n<Data>\n";
    let service = [
        ("Display_Name", "Hyper-V Virtual Machine Management"),
        ("Name", "vmms"),
        ("State", "Running"),
        ("Start_Mode", "Auto"),
        ("Service_Type", "Own Process"),
        ("Path", r"c:\windows\system32\vmms.exe"),
    ];
    text += &service.iter().map(|(name, value)| element(name, value)).collect::<String>();
    text + "</Data>\n</Category>\n</Category>\n</Category>\n</MsInfo>\n"
}

/// In German, and without drivers of others.
fn report_of_hv52() -> String {
    let mut text = String::from(
        "Systeminformationsbericht erstellt am: 03/12/24 11:20:07\nSystemname: HV52\n\
         [System\u{fc}bersicht]\n\nElement\tWert\t\n",
    );
    for (_, name, value) in summary("HV52") {
        text += &format!("{name}\t{value}\t\n");
    }
    text += "[Systemtreiber]\n\nName\tBeschreibung\tDatei\tTyp\tGestartet\tStartmodus\tStatus\n";
    for (name, description, is_started) in DRIVERS.iter().filter(|(name, ..)| *name != "mfehidk") {
        let started = if *is_started { "Ja" } else { "Nein" };
        let file = format!(r"c:\windows\system32\drivers\{name}.sys");
        text += &format!(
            "{name}\t{description}\t{file}\tKerneltreiber\t{started}\tStart\t-\tOK\tNormal\tNein\tJa\t\n"
        );
    }
    text
}
