Attribute VB_Name = "PandaWater"
' panda_water_stdcall.dll for VB6 and 32-bit VBA. Both DLLs lie beside the program.
'
' VB converts a String argument to the ANSI code page, which is GBK in a Chinese Windows; the library wants UTF-8. So texts
' go in as the address of bytes that PandaText makes, and what comes out is a Long that PandaTake reads and gives back:
'
'     Dim url() As Byte
'     url = PandaText("http://oa.example/oa?ticket=3F2C")
'     reply = PandaTake(panda_user_from_url(client, VarPtr(url(0))))
'
' Functions that take AddressOf are called on the thread that VB's code runs on; panda_set_log is left out, since its
' function may be called on any thread, which VB's code does not survive.
Option Explicit

Public Declare Function panda_version Lib "panda_water_stdcall.dll" () As Long
Public Declare Function panda_abi_version Lib "panda_water_stdcall.dll" () As Long
Public Declare Function panda_process_stats Lib "panda_water_stdcall.dll" () As Long
Public Declare Sub panda_string_free Lib "panda_water_stdcall.dll" (ByVal text As Long)

Public Declare Function panda_client_open Lib "panda_water_stdcall.dll" (ByVal config As Long, ByRef failure As Long) As Long
Public Declare Function panda_client_close Lib "panda_water_stdcall.dll" (ByVal client As Long) As Long
Public Declare Function panda_client_trim Lib "panda_water_stdcall.dll" (ByVal client As Long) As Long
Public Declare Function panda_client_stats Lib "panda_water_stdcall.dll" (ByVal client As Long) As Long
Public Declare Function panda_client_set_check Lib "panda_water_stdcall.dll" (ByVal client As Long, ByVal check As Long) As Long
Public Declare Function panda_get_token Lib "panda_water_stdcall.dll" (ByVal client As Long) As Long

Public Declare Function panda_ticket_from_url Lib "panda_water_stdcall.dll" (ByVal url As Long, ByVal param As Long) As Long
Public Declare Function panda_get_user_by_ticket Lib "panda_water_stdcall.dll" (ByVal client As Long, ByVal ticket As Long) As Long
Public Declare Function panda_user_from_url Lib "panda_water_stdcall.dll" (ByVal client As Long, ByVal url As Long) As Long

Public Declare Function panda_get_users Lib "panda_water_stdcall.dll" (ByVal client As Long, ByVal query As Long) As Long
Public Declare Function panda_users_open Lib "panda_water_stdcall.dll" (ByVal client As Long, ByVal query As Long, ByRef failure As Long) As Long
Public Declare Function panda_users_next Lib "panda_water_stdcall.dll" (ByVal users As Long) As Long
Public Declare Function panda_users_close Lib "panda_water_stdcall.dll" (ByVal users As Long) As Long
Public Declare Function panda_sync_users Lib "panda_water_stdcall.dll" (ByVal client As Long, ByVal options As Long) As Long
Public Declare Function panda_link_users Lib "panda_water_stdcall.dll" (ByVal request As Long) As Long

Public Declare Function panda_json_code Lib "panda_water_stdcall.dll" (ByVal json As Long) As Long
Public Declare Function panda_json_get Lib "panda_water_stdcall.dll" (ByVal json As Long, ByVal pointer As Long) As Long
Public Declare Function panda_json_text Lib "panda_water_stdcall.dll" (ByVal json As Long, ByVal pointer As Long) As Long
' A Currency is an integer of 64 bits, shown divided by 10000: multiply it by 10000.
Public Declare Function panda_json_int64 Lib "panda_water_stdcall.dll" (ByVal json As Long, ByVal pointer As Long, ByRef value As Currency) As Long
Public Declare Function panda_json_length Lib "panda_water_stdcall.dll" (ByVal json As Long, ByVal pointer As Long) As Long
Public Declare Function panda_json_type Lib "panda_water_stdcall.dll" (ByVal json As Long, ByVal pointer As Long) As Long
Public Declare Function panda_json_next Lib "panda_water_stdcall.dll" (ByVal json As Long, ByRef position As Long) As Long
Public Declare Function panda_json_quote Lib "panda_water_stdcall.dll" (ByVal text As Long) As Long
Public Declare Function panda_json_with Lib "panda_water_stdcall.dll" (ByVal source As Long, ByVal member As Long, ByVal text As Long) As Long
Public Declare Function panda_json_with_json Lib "panda_water_stdcall.dll" (ByVal source As Long, ByVal member As Long, ByVal json As Long) As Long
Public Declare Function panda_gbk_to_utf8 Lib "panda_water_stdcall.dll" (ByVal text As Long) As Long
Public Declare Function panda_utf8_to_gbk Lib "panda_water_stdcall.dll" (ByVal text As Long) As Long

Private Const CP_UTF8 As Long = 65001
Private Declare Function MultiByteToWideChar Lib "kernel32" (ByVal codePage As Long, ByVal flags As Long, ByVal bytes As Long, ByVal count As Long, ByVal wide As Long, ByVal size As Long) As Long
Private Declare Function WideCharToMultiByte Lib "kernel32" (ByVal codePage As Long, ByVal flags As Long, ByVal wide As Long, ByVal count As Long, ByVal bytes As Long, ByVal size As Long, ByVal fallback As Long, ByVal usedFallback As Long) As Long

' A text as UTF-8 with its NUL; pass VarPtr(bytes(0)).
Public Function PandaText(ByVal text As String) As Byte()
    Dim bytes() As Byte, size As Long
    size = WideCharToMultiByte(CP_UTF8, 0, StrPtr(text), -1, 0, 0, 0, 0)
    If size = 0 Then size = 1
    ReDim bytes(0 To size - 1)
    WideCharToMultiByte CP_UTF8, 0, StrPtr(text), -1, VarPtr(bytes(0)), size, 0, 0
    PandaText = bytes
End Function

' What the library returned, as a String; it is given back. "" for NULL.
Public Function PandaTake(ByVal text As Long) As String
    PandaTake = PandaRead(text)
    panda_string_free text
End Function

' The same without giving it back: for panda_version.
Public Function PandaRead(ByVal text As Long) As String
    Dim size As Long, wide As String
    If text = 0 Then Exit Function
    size = MultiByteToWideChar(CP_UTF8, 0, text, -1, 0, 0)
    If size < 2 Then Exit Function
    wide = String$(size, vbNullChar)
    MultiByteToWideChar CP_UTF8, 0, text, -1, StrPtr(wide), size
    PandaRead = Left$(wide, size - 1)
End Function

' The text at a place of a reply, such as "/data/userName".
Public Function PandaValue(ByVal reply As String, ByVal pointer As String) As String
    Dim json() As Byte, place() As Byte
    json = PandaText(reply)
    place = PandaText(pointer)
    PandaValue = PandaTake(panda_json_text(VarPtr(json(0)), VarPtr(place(0))))
End Function
