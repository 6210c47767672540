// What gloox does: tags out of its own stream parser.
//
// Octets are fed into one parser, as a connection does it. A Receipt is made of the
// tag by its public constructor; a whole Message can only be made by gloox's client,
// which logs every stanza as text on the way and so takes longer.
#include <fstream>
#include <functional>
#include <iostream>
#include <iterator>
#include <map>
#include <sstream>
#include <string>
#include <vector>

#include <time.h>

#include <gloox/capabilities.h>
#include <gloox/client.h>
#include <gloox/disco.h>
#include <gloox/gloox.h>
#include <gloox/jid.h>
#include <gloox/message.h>
#include <gloox/parser.h>
#include <gloox/receipt.h>
#include <gloox/tag.h>
#include <gloox/taghandler.h>

using namespace gloox;

namespace {

const std::string kSender = "northumberland@shakespeare.lit/westminster";
const std::string kRecipient = "kingrichard@royalty.england.lit/throne";
const std::string kAckId = "bi29sg183b4v";
const std::string kContentId = "richard2-4.1.247";

std::string directory;

std::string octets(const std::string& name) {
  std::ifstream file(directory + "/" + name + ".xml", std::ios::binary);
  return {std::istreambuf_iterator<char>(file), std::istreambuf_iterator<char>()};
}

std::string id_of(const Tag* message) {
  const Tag* child = message->findChild("received", XMLNS, XMLNS_RECEIPTS);
  return child ? Receipt(child).id() : "None";
}

std::string requested(const Tag* message) {
  const Tag* child = message->findChild("request", XMLNS, XMLNS_RECEIPTS);
  return child && Receipt(child).rcpt() == Receipt::Request ? "True" : "False";
}

class Reader : public TagHandler {
 public:
  explicit Reader(std::string (*look)(const Tag*)) : look_(look), parser_(this) {}
  void handleTag(Tag* tag) override { found_ = look_(tag); }
  std::string read(const std::string& data) {
    std::string copy = data;  // the parser may change what it is fed
    parser_.feed(copy);
    return found_;
  }

 private:
  std::string (*look_)(const Tag*);
  Parser parser_;
  std::string found_;
};

class Keeper : public TagHandler {
 public:
  Keeper() : parser_(this, false) {}
  void handleTag(Tag* tag) override { kept = tag; }
  Tag* read(std::string data) {
    parser_.feed(data);
    return kept;
  }
  Tag* kept = nullptr;

 private:
  Parser parser_;
};

std::string serialized(const Message& message) {
  Tag* tag = message.tag();
  std::string text = tag->xml();
  delete tag;
  return text;
}

std::string built(const JID& to, const JID& from) {
  Message message(Message::Normal, to);
  message.setFrom(from);
  message.setID(kAckId);
  message.addExtension(new Receipt(Receipt::Received, kContentId));
  return serialized(message);
}

double seconds() {
  timespec now{};
  clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &now);
  return now.tv_sec + now.tv_nsec * 1e-9;
}

std::string value_of(const Tag* tag, const std::string& name) {
  return tag->findAttribute(name);
}

}  // namespace

int main(int, char** arguments) {
  directory = arguments[1];
  std::map<std::string, std::function<std::string()>> works;

  Reader receipts(id_of), requests(requested);
  for (const char* name : {"ack", "recorded", "crowded", "plain"}) {
    const std::string data = octets(name);
    works["read " + std::string(name)] = [&receipts, data] {
      return receipts.read(data);
    };
  }
  std::vector<std::string> direct;
  std::istringstream lines(octets("direct"));
  for (std::string line; std::getline(lines, line);) direct.push_back(line);
  works["read direct"] = [&receipts, &direct] {
    int acks = 0;
    for (const std::string& line : direct) {
      const std::string id = receipts.read(line);
      acks += !id.empty() && id != "None";
    }
    return std::to_string(acks);
  };
  const std::string content = octets("content");
  works["read content"] = [&requests, content] { return requests.read(content); };

  Keeper keeper;
  const Tag* element = keeper.read(octets("ack"));
  works["element"] = [element] { return id_of(element); };

  // Making a JID of a string costs gloox more than everything else here; whoever
  // answers a message has its JIDs at hand, so they are made once.
  const JID to(kSender), from(kRecipient);
  Message message(Message::Normal, to);
  message.setFrom(from);
  message.setID(kAckId);
  message.addExtension(new Receipt(Receipt::Received, kContentId));
  works["serialize"] = [&message] { return serialized(message); };
  works["build"] = [&to, &from] { return built(to, from); };

  Keeper other;
  const Tag* query = other.read(octets("disco"))->findChild("query");
  Client client("shakespeare.lit");
  Disco* disco = client.disco();
  // It adds the two features of service discovery by itself.
  for (const std::string& feature : disco->features()) disco->removeFeature(feature);
  for (const Tag* child : query->children()) {
    const std::string feature = value_of(child, "var");
    if (child->name() != "feature") continue;
    if (feature != XMLNS_DISCO_INFO && feature != XMLNS_DISCO_ITEMS) {
      disco->addFeature(feature);
    }
  }
  const Tag* identity = query->findChild("identity");
  disco->setIdentity(value_of(identity, "category"), value_of(identity, "type"),
                     value_of(identity, "name"));
  Capabilities capabilities(disco);
  works["ver"] = [&capabilities] { return capabilities.ver(); };

  std::cout << "gloox " << GLOOX_VERSION;
  for (const auto& work : works) std::cout << '\t' << work.first;
  std::cout << std::endl;

  for (std::string line; std::getline(std::cin, line);) {
    std::istringstream fields(line);
    std::string order, name;
    std::getline(fields, order, '\t');
    std::getline(fields, name, '\t');
    const std::function<std::string()>& work = works.at(name);
    if (order == "check") {
      std::cout << work() << std::endl;
      continue;
    }
    long count = 0;
    fields >> count;
    std::size_t length = 0;
    const double start = seconds();
    for (long number = 0; number < count; ++number) length += work().size();
    const double span = seconds() - start;
    volatile std::size_t used = length;  // or the work might be left out
    (void)used;
    std::cout << span << std::endl;
  }
}
