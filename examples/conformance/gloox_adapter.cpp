// gloox, put to the vectors: what its client reads, writes and hands on. Debian's packages
// g++, libgloox-dev and nlohmann-json3-dev; then, in this folder,
//   g++ -O1 -std=c++17 -o gloox_adapter gloox_adapter.cpp -lgloox
//   xep0184 conformance --command ./gloox_adapter
// gloox answers no request by itself, and verifies no caps: both are not supported.
#include <iostream>
#include <map>
#include <memory>

#include <gloox/base64.h>
#include <gloox/carbons.h>
#include <gloox/client.h>
#include <gloox/connectionbase.h>
#include <gloox/disco.h>
#include <gloox/discohandler.h>
#include <gloox/forward.h>
#include <gloox/message.h>
#include <gloox/messagehandler.h>
#include <gloox/receipt.h>
#include <nlohmann/json.hpp>

using namespace gloox;
using nlohmann::json;
using std::string;

json text(const string& value) { return value.empty() ? json() : json(value); }
json facts_of(const Message& message) {
  const auto* receipt = message.findExtension<Receipt>(ExtReceipt);
  json received = json::array();
  if (receipt && receipt->rcpt() == Receipt::Received) received = {text(receipt->id())};
  const bool asks = receipt && receipt->rcpt() == Receipt::Request;
  return {{"id", text(message.id())}, {"request", asks}, {"received", received}};
}

struct Wire : ConnectionBase {  // keeps what the client writes
  Wire() : ConnectionBase(nullptr) { m_state = StateConnected; }
  ConnectionError connect() override { return ConnNoError; }
  ConnectionError recv(int) override { return ConnNoError; }
  ConnectionError receive() override { return ConnNoError; }
  bool send(const string& data) override { return sent += data, true; }
  void disconnect() override { m_state = StateDisconnected; }
  void getStatistics(long&, long&) override {}
  ConnectionBase* newInstance() const override { return new Wire; }
  string sent;
};

struct Listener : MessageHandler, IqHandler, DiscoHandler {  // notes what it hands on
  Listener() {
    client.setConnectionImpl(wire);
    client.registerStanzaExtension(new Receipt(Receipt::Invalid));
    client.registerStanzaExtension(new Carbons());
    client.registerStanzaExtension(new Forward());
    client.registerMessageHandler(this);
    client.removeIqHandler(client.disco(), ExtDiscoInfo);  // or it would answer first
    client.registerIqHandler(this, ExtDiscoInfo);
  }
  ~Listener() override { client.removeIqHandler(this, ExtDiscoInfo); }
  void feed(const string& data) { client.handleReceivedData(wire, data); }
  void ask(const string& to, const string& id, const string& node) {
    client.disco()->getDiscoInfo(JID(to), node, this, 0, id);
  }
  void handleMessage(const Message& message, MessageSession*) override {
    facts = inner = facts_of(message);
    const auto* carbon = message.findExtension<Carbons>(ExtCarbons);
    const auto* copy = carbon ? dynamic_cast<Message*>(carbon->embeddedStanza()) : nullptr;
    if (copy)  // its extensions are not read
      inner = {{"id", text(copy->id())}, {"body", text(copy->body())},
               {"from", text(copy->from().full())}, {"to", text(copy->to().full())}};
  }
  bool handleIq(const IQ& iq) override {
    const auto* query = iq.findExtension<Disco::Info>(ExtDiscoInfo);
    if (query && iq.subtype() == IQ::Get)
      asked = {{"to", text(iq.to().full())}, {"from", text(iq.from().full())},
               {"id", text(iq.id())}, {"node", text(query->node())}};
    return false;
  }
  void handleIqID(const IQ&, int) override {}
  void handleDiscoInfo(const JID&, const Disco::Info& info, int) override {
    answered = true;
    support = info.hasFeature(XMLNS_RECEIPTS) ? "yes" : "no";
  }
  void handleDiscoItems(const JID&, const Disco::Items&, int) override {}
  void handleDiscoError(const JID&, const Error*, int) override { answered = true; }
  Wire* wire = new Wire;  // the client deletes it
  Client client{JID("northumberland@shakespeare.lit/westminster"), ""};
  json facts, inner, asked;
  bool answered = false;
  string support = "unknown";
};

struct Keeper : TagHandler {  // keeps a stanza, to ask its sender first
  void handleTag(Tag* tag) override { kept.reset(tag); }
  std::unique_ptr<Tag> kept;
};

json write(const json& message) {
  static const std::map<string, Message::MessageType> types{
      {"chat", Message::Chat}, {"error", Message::Error}, {"normal", Message::Normal},
      {"groupchat", Message::Groupchat}, {"headline", Message::Headline}};
  Message built(types.at(message.value("type", "normal")), JID(message.value("to", "")),
                message.value("body", ""));
  built.setFrom(JID(message.value("from", "")));
  built.setID(message.value("id", ""));
  if (message.value("request", false)) built.addExtension(new Receipt(Receipt::Request));
  for (const string id : message.value("received", json::array()))
    built.addExtension(new Receipt(Receipt::Received, id));
  Listener it;
  it.client.send(built);
  return {{"xml", it.wire->sent}};
}

json answer(const string& ask, const json& given) {
  Listener it;
  const string xml = given.value("xml", "");
  if (ask == "read") {
    it.feed(xml.empty() ? Base64::decode64(given["base64"]) : xml);
    return it.facts.is_null() ? json{{"error", "nothing is handed on"}} : it.facts;
  } else if (ask == "unwrap" && xml.find("urn:xmpp:mam") == string::npos) {
    it.feed(xml);
    return {{"message", it.inner}};
  } else if (ask == "write" && given["namespace"] == XMLNS_CLIENT) {
    return given["message"].contains("annotations") ? json() : write(given["message"]);
  } else if (ask == "jid") {
    const JID jid{string(given["jid"])};
    if (!jid) return {{"error", "not valid"}};
    return {{"local", text(jid.username())}, {"domain", jid.server()},
            {"resource", text(jid.resource())}};
  } else if (ask == "same-jid") {
    return {{"equal", JID(string(given["pair"][0])) == JID(string(given["pair"][1]))}};
  } else if (ask == "disco-read") {
    Keeper keeper;
    string copy = xml;  // the parser changes it
    Parser(&keeper, false).feed(copy);
    if (!keeper.kept) return {{"error", "nothing is read"}};
    const Tag* query = keeper.kept->findChild("query");
    it.ask(keeper.kept->findAttribute("from"), keeper.kept->findAttribute("id"),
           query ? query->findAttribute("node") : "");
    it.feed(xml);
    return {{"support", it.support}};
  } else if (ask == "disco-match") {
    const json query = given["query"];
    it.ask(query.value("to", ""), query.value("id", ""), query.value("node", ""));
    it.feed(xml);
    return {{"answers", it.answered}};
  } else if (ask == "disco-query") {
    it.feed(xml);
    return {{"asked", it.asked}};
  }
  return {};
}

int main() {
  for (string line; std::getline(std::cin, line);) {
    json facts;
    try {
      facts = answer(json::parse(line)["ask"], json::parse(line)["given"]);
    } catch (const json::type_error&) {  // a value that no text in C++ can hold
    }
    std::cout << facts.dump(-1, ' ', false, json::error_handler_t::replace) << std::endl;
  }
}
