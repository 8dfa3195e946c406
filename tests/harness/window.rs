//! The app on a desk: alone, or driven through WebDriver.

use std::io::Write as _;
use std::net::{SocketAddr, TcpListener};
use std::path::PathBuf;
use std::process::{Command, Stdio};
use std::rc::Rc;
use std::sync::{Condvar, Mutex, PoisonError};
use std::time::Duration;

use fantoccini::actions::{InputSource as _, KeyAction, KeyActions};
use fantoccini::elements::Element;
use fantoccini::error::CmdError;
use fantoccini::{Client, ClientBuilder, Locator};
use hyper_util::client::legacy::connect::HttpConnector;
use serde_json::{Value, json};

use super::process::below;
use super::program::{Errors, test_name};
use super::{Answer, Desk, Folder, PATIENCE, Post, Process, Wire, binary, eventually, scrap};

/// Keys as WebDriver writes them.
pub(crate) const TAB: &str = "\u{e004}";
/// See [`TAB`].
pub(crate) const ENTER: &str = "\u{e007}";
/// See [`TAB`].
pub(crate) const ESCAPE: &str = "\u{e00c}";
/// See [`TAB`].
pub(crate) const CONTROL: char = '\u{e009}';

/// Tests that have windows at the same time, at most, however many cores there are: each window is the work of three processes.
const AT_ONCE: usize = 2;

/// How many have.
static SCREENS: Mutex<usize> = Mutex::new(0);

/// One of them has no more.
static GIVEN_BACK: Condvar = Condvar::new();

/// The turn to have windows, until it is dropped.
pub(crate) struct Turn(());

/// Waits for the turn to have windows.
pub(crate) fn screen() -> Turn {
    let taken = SCREENS.lock().unwrap_or_else(PoisonError::into_inner);
    *GIVEN_BACK.wait_while(taken, |taken| *taken == AT_ONCE).unwrap_or_else(PoisonError::into_inner) += 1;
    Turn(())
}

impl Drop for Turn {
    fn drop(&mut self) {
        *SCREENS.lock().unwrap_or_else(PoisonError::into_inner) -= 1;
        GIVEN_BACK.notify_one();
    }
}

/// A port that nobody listens on.
fn free_port() -> u16 {
    let listener = TcpListener::bind("127.0.0.1:0").expect("there is a free port");
    listener.local_addr().expect("it has an address").port()
}

/// The app's window, and its receiver. Everything ends with it.
pub(crate) struct Window {
    address: SocketAddr,
    browser: Option<Browser>,
    /// The app itself, where no WebDriver started it.
    app: Option<Process>,
    picture: PathBuf,
    desk: Rc<Desk>,
    errors: Errors,
}

/// `tauri-driver` and the `WebKitWebDriver` behind it, about to open a window.
pub(crate) struct Driver {
    process: Process,
    port: u16,
    errors: Errors,
}

impl Driver {
    /// Starts both and waits until they accept.
    pub(crate) fn start(folder: &Folder, desk: &Desk) -> Self {
        let (port, native_port) = (free_port(), free_port());
        let mut command = Command::new("tauri-driver");
        folder.dress(&mut command);
        command.envs(desk.environment());
        command.args(["--port", &port.to_string(), "--native-port", &native_port.to_string()]);
        let errors = Errors::of(folder, &mut command);
        let process = Process::start(command.stdout(Stdio::null()));
        eventually("tauri-driver", || std::net::TcpStream::connect(("127.0.0.1", port)).ok());
        eventually("WebKitWebDriver", || std::net::TcpStream::connect(("127.0.0.1", native_port)).ok());
        Self { process, port, errors }
    }

    /// Opens the app on `folder`; returns once its page can be asked.
    pub(crate) fn open(self, folder: &Folder, desk: &Rc<Desk>) -> Window {
        let port = free_port();
        self.open_with(folder, desk, port, &["--listen", &format!("127.0.0.1:{port}")])
    }

    /// The same with these options; where it receives, it does on `port`.
    fn open_with(self, folder: &Folder, desk: &Rc<Desk>, port: u16, options: &[&str]) -> Window {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build();
        let runtime = runtime.expect("a runtime can be made");
        let folder = folder.path().display().to_string();
        let arguments = json!([&["--data-dir", &folder][..], options].concat());
        let options = json!({ "application": binary(), "args": arguments });
        let capabilities = [("tauri:options".to_owned(), options), ("browserName".to_owned(), json!("wry"))];
        let client = runtime.block_on(async {
            let mut builder = ClientBuilder::new(HttpConnector::new());
            builder.capabilities(capabilities.into_iter().collect());
            tokio::time::timeout(PATIENCE, builder.connect(&format!("http://127.0.0.1:{}", self.port))).await
        });
        let client = client.expect("the session starts in time").expect("the session starts");
        Window::around(port, desk, self.errors, Some(Browser { runtime, client, driver: self.process }), None)
    }
}

/// A WebDriver session.
struct Browser {
    runtime: tokio::runtime::Runtime,
    client: Client,
    driver: Process,
}

impl Window {
    /// Opens the app on `folder` without driving it.
    pub(crate) fn open(folder: &Folder, desk: &Rc<Desk>) -> Self {
        Self::open_and(folder, desk, |_| ())
    }

    /// As [`Self::open`]; `at_once` sees it when it has just been started.
    pub(crate) fn open_and(folder: &Folder, desk: &Rc<Desk>, at_once: impl FnOnce(&Self)) -> Self {
        let port = free_port();
        let mut command = folder.command(&["--listen", &format!("127.0.0.1:{port}")]);
        command.envs(desk.environment());
        let errors = Errors::of(folder, &mut command);
        let app = Process::start(command.stdout(Stdio::null()));
        let window = Self::around(port, desk, errors, None, Some(app));
        at_once(&window);
        window.receives();
        window
    }

    /// Opens the app on `folder` with a WebDriver session on its page.
    pub(crate) fn drive(folder: &Folder, desk: &Rc<Desk>) -> Self {
        let window = Driver::start(folder, desk).open(folder, desk);
        window.receives();
        window
    }

    /// Opens a practice in `folder` with a WebDriver session on its page.
    pub(crate) fn practise(more: &[&str], folder: &Folder, desk: &Rc<Desk>) -> Self {
        let port = free_port();
        let listen = format!("127.0.0.1:{port}");
        let options = [&["practice", "--listen", &listen][..], more].concat();
        let window = Driver::start(folder, desk).open_with(folder, desk, port, &options);
        window.receives();
        window
    }

    /// Opens the app beside the receiver on `port` that is there already, with a WebDriver session on its page.
    pub(crate) fn view(folder: &Folder, desk: &Rc<Desk>, port: u16) -> Self {
        Driver::start(folder, desk).open_with(folder, desk, port, &[])
    }

    /// As [`Self::open`], with these options.
    pub(crate) fn open_with(folder: &Folder, desk: &Rc<Desk>, options: &[&str]) -> Self {
        let port = free_port();
        let listen = format!("127.0.0.1:{port}");
        let mut command = folder.command(&[&["--listen", &listen][..], options].concat());
        command.envs(desk.environment());
        let errors = Errors::of(folder, &mut command);
        let app = Process::start(command.stdout(Stdio::null()));
        let window = Self::around(port, desk, errors, None, Some(app));
        window.receives();
        window
    }

    /// Waits until `css` has the focus.
    pub(crate) fn focused(&self, css: &str) {
        let script = "return document.activeElement?.matches(arguments[0]) ?? false";
        eventually(&format!("{css} to have the focus"), || {
            (self.run(script, &[json!(css)]) == json!(true)).then_some(())
        });
    }

    fn around(port: u16, desk: &Rc<Desk>, errors: Errors, browser: Option<Browser>, app: Option<Process>) -> Self {
        let picture = scrap().join(format!("{}.png", test_name()));
        Self { address: SocketAddr::from(([127, 0, 0, 1], port)), browser, app, picture, desk: desk.clone(), errors }
    }

    /// Waits until its receiver answers.
    fn receives(&self) {
        eventually("the app to receive", || {
            std::net::TcpStream::connect(self.address).ok()?;
            let answer = Wire::to(self.address).send(b"GET /healthz HTTP/1.1\r\nHost: x\r\n\r\n").answer();
            (answer.status == 200).then_some(())
        });
    }

    /// Waits until the app ends by itself: its exit code.
    pub(crate) fn ends(mut self) -> Option<i32> {
        self.app.take().expect("it was opened without a driver").wait().code()
    }

    /// Asks the app to end, as the system does when a person logs out, and waits until it has.
    pub(crate) fn close(mut self) {
        let mut app = self.app.take().expect("it was opened without a driver");
        app.signal("TERM");
        app.wait();
    }

    /// Where its receiver listens.
    pub(crate) fn address(&self) -> SocketAddr {
        self.address
    }

    /// What the app wrote to its log so far.
    pub(crate) fn log(&self) -> String {
        self.errors.text()
    }

    /// The page's process, where there is one: the web view's, below the app.
    pub(crate) fn page_process(&self) -> Option<u32> {
        let root = self.app.as_ref().or(self.browser.as_ref().map(|browser| &browser.driver))?.id();
        below(root, "WebKitWebProcess")
    }

    /// Posts to its receiver.
    pub(crate) fn post(&self, post: &Post) -> Answer {
        Wire::to(self.address).send(&post.bytes()).answer()
    }

    fn browser(&self) -> &Browser {
        self.browser.as_ref().expect("it was opened with a driver")
    }

    /// Waits until `css` is there and displayed.
    pub(crate) fn find(&self, css: &str) -> Element {
        let browser = self.browser();
        eventually(css, || {
            browser.runtime.block_on(async {
                let element = browser.client.find(Locator::Css(css)).await.ok()?;
                element.is_displayed().await.ok()?.then_some(element)
            })
        })
    }

    /// The text of `css` once that is there and displayed.
    pub(crate) fn find_text(&self, css: &str) -> String {
        self.find(css);
        self.text(css)
    }

    /// Whether `css` is there now.
    pub(crate) fn has(&self, css: &str) -> bool {
        self.run("return document.querySelector(arguments[0]) !== null", &[json!(css)]) == json!(true)
    }

    /// Clicks `css` once it is there.
    pub(crate) fn click(&self, css: &str) {
        self.act(css, &async |element| element.click().await);
    }

    /// Replaces what is in the field `css`.
    pub(crate) fn fill(&self, css: &str, text: &str) {
        self.act(css, &async |element| {
            element.clear().await?;
            element.send_keys(text).await
        });
        let value = self.run("return document.querySelector(arguments[0]).value", &[json!(css)]);
        assert_eq!(value, text, "the field {css} holds what was typed");
    }

    /// Presses `keys` wherever the focus is.
    pub(crate) fn press(&self, keys: &str) {
        self.act("body", &async |element| element.send_keys(keys).await);
    }

    /// Presses and releases keys one by one where the focus is, as a keyboard does: nothing is clicked or focused for it.
    pub(crate) fn keys(&self, text: &str) {
        let keys = text.chars().fold(KeyActions::new("keyboard".to_owned()), |keys, key| {
            keys.then(KeyAction::Down { value: key }).then(KeyAction::Up { value: key })
        });
        self.perform(keys);
    }

    /// Presses `key` while `modifier` is held.
    pub(crate) fn chord(&self, modifier: char, key: char) {
        let keys = [
            KeyAction::Down { value: modifier },
            KeyAction::Down { value: key },
            KeyAction::Up { value: key },
            KeyAction::Up { value: modifier },
        ];
        self.perform(keys.into_iter().fold(KeyActions::new("keyboard".to_owned()), KeyActions::then));
    }

    fn perform(&self, keys: KeyActions) {
        let browser = self.browser();
        browser.runtime.block_on(browser.client.perform_actions(keys)).expect("keys can be pressed");
    }

    /// Presses Tab until `css` has the focus: a person without a mouse gets there.
    pub(crate) fn tab_to(&self, css: &str) {
        self.find(css);
        for _ in 0..60 {
            if self.run("return document.activeElement?.matches(arguments[0]) ?? false", &[json!(css)]) == json!(true) {
                return;
            }
            self.keys(TAB);
        }
        panic!("{css} is not reached by Tab");
    }

    fn act(&self, css: &str, action: &impl AsyncFn(&Element) -> Result<(), CmdError>) {
        let browser = self.browser();
        // An element that is drawn anew between finding and acting is looked for again.
        eventually(&format!("{css} to be usable"), || {
            let element = self.find(css);
            browser.runtime.block_on(action(&element)).ok()
        });
    }

    /// Waits until the text of `css` satisfies `fits`, and returns it.
    pub(crate) fn text_where(&self, css: &str, fits: impl Fn(&str) -> bool) -> String {
        let mut last = String::new();
        let started = std::time::Instant::now();
        while started.elapsed() < PATIENCE {
            last = self.text(css);
            if fits(&last) {
                return last;
            }
            std::thread::sleep(Duration::from_millis(25));
        }
        panic!("gave up on the text of {css}; last it was {last:?}");
    }

    /// The text of everything that is `css`, as it is rendered; empty when there is nothing.
    pub(crate) fn text(&self, css: &str) -> String {
        let script = "return [...document.querySelectorAll(arguments[0])].map((e) => e.innerText).join('\\n')";
        self.run(script, &[json!(css)]).as_str().unwrap_or_default().to_owned()
    }

    /// Runs a script in the page.
    pub(crate) fn run(&self, script: &str, arguments: &[Value]) -> Value {
        let browser = self.browser();
        eventually("the page to answer", || {
            browser.runtime.block_on(browser.client.execute(script, arguments.to_vec())).ok()
        })
    }

    /// Loads the page again.
    pub(crate) fn reload(&self) {
        let browser = self.browser();
        browser.runtime.block_on(browser.client.refresh()).expect("a page can be loaded again");
    }

    /// Gives the window this size, in pixels, frame included.
    pub(crate) fn resize(&self, width: u32, height: u32) {
        let browser = self.browser();
        browser.runtime.block_on(browser.client.set_window_size(width, height)).expect("a window can be resized");
        let wanted = json!([width, height]);
        eventually("the window's size", || (self.run("return [innerWidth, innerHeight]", &[]) == wanted).then_some(()));
    }

    /// A picture of the page, as PNG.
    pub(crate) fn screenshot(&self) -> Vec<u8> {
        let browser = self.browser();
        eventually("a picture of the page", || browser.runtime.block_on(browser.client.screenshot()).ok())
    }

    /// The text of an alert, where one is open.
    pub(crate) fn alert(&self) -> Option<String> {
        let browser = self.browser();
        browser.runtime.block_on(browser.client.get_alert_text()).ok()
    }
}

impl Drop for Window {
    fn drop(&mut self) {
        if std::thread::panicking() {
            self.desk.picture(&self.picture);
            let _ = writeln!(std::io::stderr(), "what the display showed: {}", self.picture.display());
        }
        if let Some(browser) = self.browser.take() {
            // Ends the app in good order; the process group goes after it in any case.
            let closed = async { tokio::time::timeout(Duration::from_secs(10), browser.client.clone().close()).await };
            let _ = browser.runtime.block_on(closed);
        }
    }
}
