// Says "shown" if a process has an ordinary window on the screen. Which windows there are may be asked by everybody;
// what they are called would need the user's consent.
//
//   xcrun swift windows.swift PID
import CoreGraphics

let pid = CommandLine.arguments.count > 1 ? Int(CommandLine.arguments[1]) : nil
let options: CGWindowListOption = [.optionOnScreenOnly, .excludeDesktopElements]
let windows = CGWindowListCopyWindowInfo(options, kCGNullWindowID) as? [[String: Any]] ?? []
let shown = windows.contains { window in
    window[kCGWindowOwnerPID as String] as? Int == pid && window[kCGWindowLayer as String] as? Int == 0
}
print(shown ? "shown" : "hidden")
