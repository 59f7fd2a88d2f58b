; The installer for Windows: for one user, without an administrator.
;
;   makensis -DVERSION=… -DVERSION_QUAD=… -DBUNDLE=… -DICON=… -DLICENCE=… -DSIZE_KB=… -DOUT=… [-DTARGET=…] harmony-desktop.nsi
;
; On the command line of what it makes:
;   /S             ask nothing, show nothing; status 0 when done, 2 when it could not be, 3 when the program is in use
;   /D=FOLDER      where to, as the last word and without quotes
;   /DESKTOP       with an icon on the desktop
;   /AUTOSTART     start with the session, in the tray
; and of the uninstaller:
;   /S             as above
;   /SETTINGS      remove settings and logs too; the stack's folder and Docker's containers always stay

Unicode true
!ifdef TARGET
  Target ${TARGET}
!endif
SetCompressor /SOLID lzma
RequestExecutionLevel user
ManifestDPIAware true
ManifestSupportedOS Win10
!include MUI2.nsh
!include FileFunc.nsh
!include LogicLib.nsh
!include Sections.nsh
!include WinVer.nsh
!include WordFunc.nsh
!include x64.nsh

!define NAME "Harmony"
!define PUBLISHER "Harmony Desktop maintainers"
!define PROGRAM "harmony-desktop-window.exe"
!define COMMAND "harmony-desktop.exe"
!define FOLDER_OF_USER "harmony-desktop"
!define UNINSTALL "Software\Microsoft\Windows\CurrentVersion\Uninstall\harmony-desktop"
!define APP_PATHS "Software\Microsoft\Windows\CurrentVersion\App Paths"
; As the switch in the settings writes them (host/autostart_windows.py).
!define RUN "Software\Microsoft\Windows\CurrentVersion\Run"
!define APPROVED "Software\Microsoft\Windows\CurrentVersion\Explorer\StartupApproved\Run"
!define RUN_NAME "Harmony Desktop"

Name "${NAME}"
OutFile "${OUT}"
InstallDir "$LOCALAPPDATA\Programs\Harmony"
InstallDirRegKey HKCU "${UNINSTALL}" "InstallLocation"
BrandingText "${NAME} ${VERSION}"
ShowInstDetails nevershow
ShowUninstDetails nevershow
VIProductVersion "${VERSION_QUAD}"
VIFileVersion "${VERSION_QUAD}"
VIAddVersionKey "ProductName" "${NAME}"
VIAddVersionKey "ProductVersion" "${VERSION}"
VIAddVersionKey "FileDescription" "Installer of ${NAME}"
VIAddVersionKey "FileVersion" "${VERSION}"
VIAddVersionKey "CompanyName" "${PUBLISHER}"
VIAddVersionKey "LegalCopyright" "Apache License 2.0"

!define MUI_ICON "${ICON}"
!define MUI_UNICON "${ICON}"
!define MUI_ABORTWARNING
!define MUI_LANGDLL_ALLLANGUAGES
!define MUI_COMPONENTSPAGE_SMALLDESC
!define MUI_FINISHPAGE_NOAUTOCLOSE
!define MUI_FINISHPAGE_RUN "$INSTDIR\${PROGRAM}"
!insertmacro MUI_PAGE_WELCOME
!insertmacro MUI_PAGE_LICENSE "${LICENCE}"
!insertmacro MUI_PAGE_COMPONENTS
!insertmacro MUI_PAGE_DIRECTORY
!insertmacro MUI_PAGE_INSTFILES
!insertmacro MUI_PAGE_FINISH
!insertmacro MUI_UNPAGE_CONFIRM
!insertmacro MUI_UNPAGE_COMPONENTS
!insertmacro MUI_UNPAGE_INSTFILES
!insertmacro MUI_LANGUAGE "English"
!insertmacro MUI_LANGUAGE "German"
!insertmacro MUI_LANGUAGE "Japanese"
!insertmacro MUI_LANGUAGE "SimpChinese"

LangString DESKTOP_NAME ${LANG_ENGLISH} "Icon on the desktop"
LangString DESKTOP_NAME ${LANG_GERMAN} "Symbol auf dem Desktop"
LangString DESKTOP_NAME ${LANG_JAPANESE} "デスクトップのアイコン"
LangString DESKTOP_NAME ${LANG_SIMPCHINESE} "桌面图标"
LangString AUTOSTART_NAME ${LANG_ENGLISH} "Start when I sign in"
LangString AUTOSTART_NAME ${LANG_GERMAN} "Beim Anmelden starten"
LangString AUTOSTART_NAME ${LANG_JAPANESE} "サインイン時に起動する"
LangString AUTOSTART_NAME ${LANG_SIMPCHINESE} "登录时启动"
LangString SETTINGS_NAME ${LANG_ENGLISH} "Settings and logs of the panel"
LangString SETTINGS_NAME ${LANG_GERMAN} "Einstellungen und Protokolle des Panels"
LangString SETTINGS_NAME ${LANG_JAPANESE} "パネルの設定とログ"
LangString SETTINGS_NAME ${LANG_SIMPCHINESE} "面板的设置和日志"
LangString PROGRAM_TEXT ${LANG_ENGLISH} "The panel, its command line, and an entry in the Start menu."
LangString PROGRAM_TEXT ${LANG_GERMAN} "Das Panel, seine Kommandozeile und ein Eintrag im Startmenü."
LangString PROGRAM_TEXT ${LANG_JAPANESE} "パネル、コマンドライン、スタートメニューの項目。"
LangString PROGRAM_TEXT ${LANG_SIMPCHINESE} "面板、命令行以及开始菜单中的条目。"
LangString DESKTOP_TEXT ${LANG_ENGLISH} "A second way to open the panel."
LangString DESKTOP_TEXT ${LANG_GERMAN} "Ein zweiter Weg, das Panel zu öffnen."
LangString DESKTOP_TEXT ${LANG_JAPANESE} "パネルを開くもう一つの方法。"
LangString DESKTOP_TEXT ${LANG_SIMPCHINESE} "打开面板的另一种方式。"
LangString AUTOSTART_TEXT ${LANG_ENGLISH} "The panel waits in the tray. It can be switched in its settings, too."
LangString AUTOSTART_TEXT ${LANG_GERMAN} "Das Panel wartet im Infobereich. Das lässt sich auch in seinen Einstellungen umschalten."
LangString AUTOSTART_TEXT ${LANG_JAPANESE} "パネルはトレイで待機します。設定でも切り替えられます。"
LangString AUTOSTART_TEXT ${LANG_SIMPCHINESE} "面板在托盘中等待。也可以在其设置中切换。"
LangString REMOVE_TEXT ${LANG_ENGLISH} "Your stack folder and Docker's containers stay."
LangString REMOVE_TEXT ${LANG_GERMAN} "Ihr Stack-Ordner und die Container von Docker bleiben."
LangString REMOVE_TEXT ${LANG_JAPANESE} "スタックフォルダーと Docker のコンテナーは残ります。"
LangString REMOVE_TEXT ${LANG_SIMPCHINESE} "您的堆栈文件夹和 Docker 的容器会保留。"
LangString SETTINGS_TEXT ${LANG_ENGLISH} "What the panel remembers of itself. Without a tick, the next installation finds it again."
LangString SETTINGS_TEXT ${LANG_GERMAN} "Was das Panel sich selbst merkt. Ohne Häkchen findet die nächste Installation es wieder."
LangString SETTINGS_TEXT ${LANG_JAPANESE} "パネル自身の記録です。チェックしなければ、次回のインストールで引き継がれます。"
LangString SETTINGS_TEXT ${LANG_SIMPCHINESE} "面板自身记住的内容。不勾选时，下次安装会再次使用它。"
LangString OPEN_TEXT ${LANG_ENGLISH} "Harmony is still open, or a command of it runs. Please end it, then try again."
LangString OPEN_TEXT ${LANG_GERMAN} "Harmony ist noch offen, oder einer seiner Befehle läuft. Bitte beenden Sie das und versuchen Sie es erneut."
LangString OPEN_TEXT ${LANG_JAPANESE} "Harmony がまだ開いているか、そのコマンドが実行中です。終了してからもう一度お試しください。"
LangString OPEN_TEXT ${LANG_SIMPCHINESE} "Harmony 仍处于打开状态，或其命令正在运行。请先结束它，然后重试。"
LangString SYSTEM_TEXT ${LANG_ENGLISH} "Harmony needs Windows 10 (version 1903) or newer, 64 bit."
LangString SYSTEM_TEXT ${LANG_GERMAN} "Harmony braucht Windows 10 (Version 1903) oder neuer, 64 Bit."
LangString SYSTEM_TEXT ${LANG_JAPANESE} "Harmony には 64 ビットの Windows 10（バージョン 1903）以降が必要です。"
LangString SYSTEM_TEXT ${LANG_SIMPCHINESE} "Harmony 需要 64 位的 Windows 10（版本 1903）或更高版本。"

; Ends the panel that runs, makes sure that no file of the program is in use, and takes the old ones away: libraries
; are set aside by renaming, which Windows refuses while a program uses them.
!macro SET_ASIDE prefix
Function ${prefix}SetAside
  again:
  StrCpy $1 0
  ${Do}
    ; More than once: a panel that has just been started does not hear it yet.
    ${If} ${FileExists} "$INSTDIR\${PROGRAM}"
      ExecWait '"$INSTDIR\${PROGRAM}" --quit' $0
    ${EndIf}
    ; The libraries first: while they cannot be moved, everything stays as it was.
    ${If} ${FileExists} "$INSTDIR\_internal\*.*"
      RMDir /r "$INSTDIR\_internal.old"
      ClearErrors
      Rename "$INSTDIR\_internal" "$INSTDIR\_internal.old"
    ${Else}
      ClearErrors
    ${EndIf}
    ${IfNot} ${Errors}
      Delete "$INSTDIR\${COMMAND}"
      Delete "$INSTDIR\${PROGRAM}"
    ${EndIf}
    ${IfNot} ${Errors}
      Return
    ${EndIf}
    ; A virus scanner, or the last moments of a process.
    Sleep 1000
    IntOp $1 $1 + 1
  ${LoopUntil} $1 > 6
  ${IfNot} ${Silent}
    MessageBox MB_RETRYCANCEL|MB_ICONEXCLAMATION "$(OPEN_TEXT)" IDRETRY again
  ${EndIf}
  SetErrorLevel 3
  Quit
FunctionEnd
!macroend
!insertmacro SET_ASIDE ""
!insertmacro SET_ASIDE "un."

Section "${NAME}" SectionProgram
  SectionIn RO
  Call SetAside
  ClearErrors
  SetOutPath "$INSTDIR"
  File /r "${BUNDLE}\*.*"
  File "/oname=LICENSE.txt" "${LICENCE}"
  WriteUninstaller "$INSTDIR\uninstall.exe"
  ${If} ${Errors}
    SetErrorLevel 2
    Abort
  ${EndIf}
  RMDir /r "$INSTDIR\_internal.old"
  SetOutPath "$PROFILE"
  CreateShortcut "$SMPROGRAMS\${NAME}.lnk" "$INSTDIR\${PROGRAM}"
  SetOutPath "$INSTDIR"
  ; "harmony-desktop" can be typed where programs are started by their name.
  WriteRegStr HKCU "${APP_PATHS}\${COMMAND}" "" "$INSTDIR\${COMMAND}"
  WriteRegStr HKCU "${UNINSTALL}" "DisplayName" "${NAME}"
  WriteRegStr HKCU "${UNINSTALL}" "DisplayVersion" "${VERSION}"
  WriteRegStr HKCU "${UNINSTALL}" "Publisher" "${PUBLISHER}"
  WriteRegStr HKCU "${UNINSTALL}" "DisplayIcon" "$INSTDIR\${PROGRAM},0"
  WriteRegStr HKCU "${UNINSTALL}" "InstallLocation" "$INSTDIR"
  WriteRegStr HKCU "${UNINSTALL}" "UninstallString" '"$INSTDIR\uninstall.exe"'
  WriteRegStr HKCU "${UNINSTALL}" "QuietUninstallString" '"$INSTDIR\uninstall.exe" /S'
  WriteRegDWORD HKCU "${UNINSTALL}" "EstimatedSize" ${SIZE_KB}
  WriteRegDWORD HKCU "${UNINSTALL}" "NoModify" 1
  WriteRegDWORD HKCU "${UNINSTALL}" "NoRepair" 1
SectionEnd

Section /o "$(DESKTOP_NAME)" SectionDesktop
  SetOutPath "$PROFILE"
  CreateShortcut "$DESKTOP\${NAME}.lnk" "$INSTDIR\${PROGRAM}"
  SetOutPath "$INSTDIR"
SectionEnd

Section /o "$(AUTOSTART_NAME)" SectionAutostart
  ; Quoted as Python quotes: the switch in the settings compares the whole line.
  ${WordFind} "$INSTDIR" " " "#" $0
  ${If} $0 == "$INSTDIR"
    WriteRegStr HKCU "${RUN}" "${RUN_NAME}" '$INSTDIR\${PROGRAM} --minimized'
  ${Else}
    WriteRegStr HKCU "${RUN}" "${RUN_NAME}" '"$INSTDIR\${PROGRAM}" --minimized'
  ${EndIf}
SectionEnd

!insertmacro MUI_FUNCTION_DESCRIPTION_BEGIN
  !insertmacro MUI_DESCRIPTION_TEXT ${SectionProgram} $(PROGRAM_TEXT)
  !insertmacro MUI_DESCRIPTION_TEXT ${SectionDesktop} $(DESKTOP_TEXT)
  !insertmacro MUI_DESCRIPTION_TEXT ${SectionAutostart} $(AUTOSTART_TEXT)
!insertmacro MUI_FUNCTION_DESCRIPTION_END

Function .onInit
  SetShellVarContext current
  ${IfNot} ${RunningX64}
  ${OrIfNot} ${AtLeastBuild} 18362
    MessageBox MB_OK|MB_ICONSTOP "$(SYSTEM_TEXT)" /SD IDOK
    SetErrorLevel 2
    Quit
  ${EndIf}
  ${GetParameters} $0
  ClearErrors
  ${GetOptions} $0 "/DESKTOP" $1
  ${IfNot} ${Errors}
    !insertmacro SelectSection ${SectionDesktop}
  ${EndIf}
  ClearErrors
  ${GetOptions} $0 "/AUTOSTART" $1
  ${IfNot} ${Errors}
    !insertmacro SelectSection ${SectionAutostart}
  ${EndIf}
FunctionEnd

Section "un.${NAME}" SectionUnProgram
  SectionIn RO
  Call un.SetAside
  RMDir /r "$INSTDIR\_internal.old"
  RMDir /r "$INSTDIR\licences"
  Delete "$INSTDIR\LICENSE.txt"
  Delete "$INSTDIR\uninstall.exe"
  ; Not with all that is in it: somebody may keep something of their own there.
  SetOutPath "$TEMP"
  RMDir "$INSTDIR"
  Delete "$SMPROGRAMS\${NAME}.lnk"
  Delete "$DESKTOP\${NAME}.lnk"
  DeleteRegKey HKCU "${APP_PATHS}\${COMMAND}"
  DeleteRegKey HKCU "${UNINSTALL}"
  DeleteRegValue HKCU "${RUN}" "${RUN_NAME}"
  DeleteRegValue HKCU "${APPROVED}" "${RUN_NAME}"
SectionEnd

Section /o "un.$(SETTINGS_NAME)" SectionUnSettings
  RMDir /r "$APPDATA\${FOLDER_OF_USER}"
  RMDir /r "$LOCALAPPDATA\${FOLDER_OF_USER}"
SectionEnd

!insertmacro MUI_UNFUNCTION_DESCRIPTION_BEGIN
  !insertmacro MUI_DESCRIPTION_TEXT ${SectionUnProgram} $(REMOVE_TEXT)
  !insertmacro MUI_DESCRIPTION_TEXT ${SectionUnSettings} $(SETTINGS_TEXT)
!insertmacro MUI_UNFUNCTION_DESCRIPTION_END

Function un.onInit
  SetShellVarContext current
  ${GetParameters} $0
  ClearErrors
  ${GetOptions} $0 "/SETTINGS" $1
  ${IfNot} ${Errors}
    !insertmacro SelectSection ${SectionUnSettings}
  ${EndIf}
FunctionEnd
