unit PandaWater;

{ panda_water for Delphi 7 and later, and Free Pascal. 32-bit: panda_water_stdcall.dll beside panda_water.dll.
  64-bit: panda_water.dll alone.

  Texts are UTF-8. What the library returns as PAnsiChar, PandaTake reads and gives back:

      Reply := PandaTake(panda_user_from_url(Client, PAnsiChar(UTF8Encode(Url))));  }

interface

const
{$IFDEF WIN64}
  PandaDll = 'panda_water.dll';
{$ELSE}
  PandaDll = 'panda_water_stdcall.dll';
{$ENDIF}

{$IFNDEF WIN64}
type
  { Called on the thread of the call that waits. It must not raise. }
  TPandaCheck = function: Integer; stdcall;
  { Called on any thread. It must not raise. }
  TPandaLog = procedure(Level: Integer; Message: PAnsiChar); stdcall;

function panda_client_set_check(Client: Integer; Check: TPandaCheck): Integer; stdcall; external PandaDll;
procedure panda_set_log(Log: TPandaLog; Level: Integer); stdcall; external PandaDll;
{$ENDIF}

function panda_version: PAnsiChar; stdcall; external PandaDll;
function panda_abi_version: Cardinal; stdcall; external PandaDll;
function panda_process_stats: PAnsiChar; stdcall; external PandaDll;
procedure panda_string_free(Text: PAnsiChar); stdcall; external PandaDll;

function panda_client_open(Config: PAnsiChar; var Failure: PAnsiChar): Integer; stdcall; external PandaDll;
function panda_client_close(Client: Integer): Integer; stdcall; external PandaDll;
function panda_client_trim(Client: Integer): Integer; stdcall; external PandaDll;
function panda_client_stats(Client: Integer): PAnsiChar; stdcall; external PandaDll;
function panda_get_token(Client: Integer): PAnsiChar; stdcall; external PandaDll;

function panda_ticket_from_url(Url, Param: PAnsiChar): PAnsiChar; stdcall; external PandaDll;
function panda_get_user_by_ticket(Client: Integer; Ticket: PAnsiChar): PAnsiChar; stdcall; external PandaDll;
function panda_user_from_url(Client: Integer; Url: PAnsiChar): PAnsiChar; stdcall; external PandaDll;

function panda_get_users(Client: Integer; Query: PAnsiChar): PAnsiChar; stdcall; external PandaDll;
function panda_users_open(Client: Integer; Query: PAnsiChar; var Failure: PAnsiChar): Integer; stdcall; external PandaDll;
function panda_users_next(Users: Integer): PAnsiChar; stdcall; external PandaDll;
function panda_users_close(Users: Integer): Integer; stdcall; external PandaDll;
function panda_sync_users(Client: Integer; Options: PAnsiChar): PAnsiChar; stdcall; external PandaDll;
function panda_link_users(Request: PAnsiChar): PAnsiChar; stdcall; external PandaDll;

function panda_json_code(Json: PAnsiChar): Integer; stdcall; external PandaDll;
function panda_json_get(Json, Pointer: PAnsiChar): PAnsiChar; stdcall; external PandaDll;
function panda_json_text(Json, Pointer: PAnsiChar): PAnsiChar; stdcall; external PandaDll;
function panda_json_int64(Json, Pointer: PAnsiChar; var Value: Int64): Integer; stdcall; external PandaDll;
function panda_json_length(Json, Pointer: PAnsiChar): Integer; stdcall; external PandaDll;
function panda_json_type(Json, Pointer: PAnsiChar): Integer; stdcall; external PandaDll;
{ Position is a NativeUInt in 64-bit programs. }
function panda_json_next(Json: PAnsiChar; var Position: {$IFDEF WIN64}NativeUInt{$ELSE}Cardinal{$ENDIF}): PAnsiChar; stdcall; external PandaDll;
function panda_json_quote(Text: PAnsiChar): PAnsiChar; stdcall; external PandaDll;
function panda_json_with(JsonObject, Name, Text: PAnsiChar): PAnsiChar; stdcall; external PandaDll;
function panda_json_with_json(JsonObject, Name, Json: PAnsiChar): PAnsiChar; stdcall; external PandaDll;
function panda_gbk_to_utf8(Text: PAnsiChar): PAnsiChar; stdcall; external PandaDll;
function panda_utf8_to_gbk(Text: PAnsiChar): PAnsiChar; stdcall; external PandaDll;

{ What the library returned; it is given back. Empty for nil. }
function PandaTake(Text: PAnsiChar): WideString;

implementation

function PandaTake(Text: PAnsiChar): WideString;
var
  Bytes: UTF8String;
begin
  Result := '';
  if Text = nil then
    Exit;
  Bytes := UTF8String(Text);
  panda_string_free(Text);
  Result := {$IFDEF UNICODE}UTF8ToString{$ELSE}UTF8Decode{$ENDIF}(Bytes);
end;

end.
