//! A desktop's furniture: a window manager, and a panel with a tray.

use std::process::{Command, Stdio};
use std::thread::sleep;
use std::time::{Duration, Instant};

use super::{Desk, Process, eventually};

/// A desk whose windows somebody manages. Where windows are is asked as a person sees it.
pub(crate) struct Screen<'a> {
    desk: &'a Desk,
    _manager: Process,
}

/// A panel with a tray. Dropping it takes it away.
pub(crate) struct Panel {
    _program: Process,
    _settings: Process,
    _home: tempfile::TempDir,
}

/// So long after its first key, the field of a file dialog takes the next.
const OPENED: Duration = Duration::from_millis(300);

/// So long a file dialog takes to close once its file is chosen; after it, the name is typed again.
const CHOSEN: Duration = Duration::from_secs(5);

/// The tray alone, at the lower edge.
const LAYOUT: &str = r#"<?xml version="1.0" encoding="UTF-8"?>
<channel name="xfce4-panel" version="1.0">
  <property name="configver" type="int" value="2"/>
  <property name="panels" type="array"><value type="int" value="1"/>
    <property name="panel-1" type="empty">
      <property name="position" type="string" value="p=8;x=800;y=980"/>
      <property name="length" type="uint" value="100"/>
      <property name="size" type="uint" value="32"/>
      <property name="plugin-ids" type="array"><value type="int" value="1"/></property>
    </property>
  </property>
  <property name="plugins" type="empty"><property name="plugin-1" type="string" value="systray"/></property>
</channel>
"#;

impl<'a> Screen<'a> {
    /// Manages the desk's windows.
    pub(crate) fn of(desk: &'a Desk) -> Self {
        let mut command = Command::new("openbox");
        command.envs(desk.environment()).stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null());
        let screen = Self { desk, _manager: Process::start(&mut command) };
        eventually("the window manager", || (!screen.run("wmctrl", &["-m"]).is_empty()).then_some(()));
        screen
    }

    /// Puts a panel with a tray there.
    pub(crate) fn panel(&self) -> Panel {
        let home = tempfile::Builder::new().prefix("cpm-panel-").tempdir().expect("there is room for temporary files");
        let layout = home.path().join("xfce4/xfconf/xfce-perchannel-xml");
        std::fs::create_dir_all(&layout).expect("a temporary folder is writable");
        std::fs::write(layout.join("xfce4-panel.xml"), LAYOUT).expect("a temporary folder is writable");
        let start = |program: &str| {
            let mut command = Command::new(program);
            command.envs(self.desk.environment()).env("XDG_CONFIG_HOME", home.path()).env("HOME", home.path());
            Process::start(command.stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null()))
        };
        let daemons =
            ["/usr/lib/x86_64-linux-gnu/xfce4/xfconf/xfconfd", "/usr/lib/aarch64-linux-gnu/xfce4/xfconf/xfconfd"];
        let daemon = daemons.into_iter().find(|path| std::path::Path::new(path).exists());
        let settings = start(daemon.expect("make test installs xfconf"));
        self.desk.waits_for("org.xfce.Xfconf");
        let panel = start("xfce4-panel");
        self.desk.waits_for("org.kde.StatusNotifierWatcher");
        Panel { _program: panel, _settings: settings, _home: home }
    }

    /// The names of the icons in the tray.
    pub(crate) fn tray(&self) -> String {
        self.desk.asks(&[
            "--dest=org.kde.StatusNotifierWatcher",
            "/StatusNotifierWatcher",
            "org.freedesktop.DBus.Properties.Get",
            "string:org.kde.StatusNotifierWatcher",
            "string:RegisteredStatusNotifierItems",
        ])
    }

    /// What the icon's menu says, as the panel asks for it.
    pub(crate) fn menu(&self) -> String {
        let Some((owner, path)) = self.icon() else { return String::new() };
        let layout = "com.canonical.dbusmenu.GetLayout";
        self.desk.asks(&[&format!("--dest={owner}"), &path, layout, "int32:0", "int32:-1", "array:string:label"])
    }

    /// Chooses the line of the menu that begins with this.
    pub(crate) fn chooses(&self, label: &str) {
        let menu = self.menu();
        let before = menu.split_once(&format!("string \"{label}")).map(|(before, _)| before);
        let before = before.unwrap_or_else(|| panic!("the menu has no {label}: {menu}"));
        let number = before.rsplit_once("int32 ").map_or("", |(_, rest)| rest);
        let number = number.split_whitespace().next().unwrap_or_default();
        let (owner, path) = self.icon().expect("an icon whose menu was read is there");
        let event = "com.canonical.dbusmenu.Event";
        let item = format!("int32:{number}");
        self.desk.asks(&[
            &format!("--dest={owner}"),
            &path,
            event,
            &item,
            "string:clicked",
            "variant:int32:0",
            "uint32:0",
        ]);
    }

    /// Who put the icon up, and where its menu is.
    fn icon(&self) -> Option<(String, String)> {
        let tray = self.tray();
        let (_, item) = tray.split_once("string \"")?;
        let (item, _) = item.split_once('"')?;
        let (owner, path) = item.split_at(item.find('/')?);
        Some((owner.to_owned(), format!("{path}/Menu")))
    }

    /// Whether a window with this title is to be seen: there, and not minimised.
    pub(crate) fn shows(&self, title: &str) -> bool {
        !self.run("xdotool", &["search", "--onlyvisible", "--name", &whole(title)]).is_empty()
    }

    /// Waits until it is, or is not.
    pub(crate) fn waits_until(&self, title: &str, is_shown: bool) {
        let what = format!("{title} to be {}", if is_shown { "seen" } else { "away" });
        eventually(&what, || (self.shows(title) == is_shown).then_some(()));
    }

    /// Whether a person finds it among the windows, minimised ones too.
    pub(crate) fn lists(&self, title: &str) -> bool {
        self.run("wmctrl", &["-l"]).contains(title)
    }

    /// Closes the window with this title by its cross.
    pub(crate) fn closes(&self, title: &str) {
        self.run("wmctrl", &["-F", "-c", title]);
    }

    /// Presses a key where this window has the focus.
    pub(crate) fn presses(&self, title: &str, key: &str) {
        self.in_focus(title, &["key", key]);
    }

    /// Chooses a file in the system's dialog of this title. Its field opens at the first slash, and on a busy computer loses the key
    /// after it: the dialog then knows no such file, and the name is typed once more.
    pub(crate) fn chooses_file(&self, title: &str, file: &str) {
        let name = file.strip_prefix('/').expect("the whole path is typed");
        for _ in 0..5 {
            self.in_focus(title, &["key", "ctrl+a", "slash"]);
            sleep(OPENED);
            self.in_focus(title, &["type", "--delay", "20", name]);
            self.in_focus(title, &["key", "Return"]);
            let started = Instant::now();
            while started.elapsed() < CHOSEN {
                if !self.shows(title) {
                    return;
                }
                sleep(OPENED);
            }
            // What it says has the focus, and goes.
            self.run("xdotool", &["key", "Return"]);
        }
        panic!("{title} does not find {file}");
    }

    fn in_focus(&self, title: &str, act: &[&str]) {
        self.waits_until(title, true);
        let title = whole(title);
        let find = ["search", "--onlyvisible", "--name", &title, "windowfocus", "--sync"];
        self.run("xdotool", &[&find[..], act].concat());
    }

    fn run(&self, program: &str, arguments: &[&str]) -> String {
        let mut command = Command::new(program);
        command.args(arguments).envs(self.desk.environment()).stdin(Stdio::null()).stderr(Stdio::null());
        let output = command.output().unwrap_or_else(|e| panic!("{program}: {e}; `make test` installs what is needed"));
        String::from_utf8_lossy(&output.stdout).into_owned()
    }
}

/// A title as `xdotool` searches for it; a question's mark aside.
fn whole(title: &str) -> String {
    let plain = title.replace('(', "[(]").replace(')', "[)]");
    format!("^{plain}[?]?$")
}
