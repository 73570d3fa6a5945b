// SPDX-License-Identifier: MIT
// Finds files with the same content below a directory.
//
//     footfall collect &
//     cmake -B build && cmake --build build && build/find-duplicates footfall.json /usr/share/doc
#include <footfall.hpp>

#include <algorithm>
#include <chrono>
#include <cstdint>
#include <filesystem>
#include <fstream>
#include <iostream>
#include <iterator>
#include <map>
#include <string>
#include <system_error>
#include <utility>
#include <vector>

namespace fs = std::filesystem;

// Files of one size and content. The content itself is the key; a real tool would take a hash.
static std::size_t printDuplicates(const std::vector<fs::path> &paths) {
    std::map<std::string, std::vector<fs::path>> byContent;
    for (const auto &path : paths) {
        std::ifstream file(path, std::ios::binary);
        std::string content(std::istreambuf_iterator<char>(file), {});
        byContent[std::move(content)].push_back(path);
    }
    std::size_t duplicates = 0;
    for (const auto &[content, same] : byContent) {
        if (same.size() < 2) continue;
        duplicates += same.size() - 1;
        for (const auto &path : same) std::cout << path.string() << '\n';
        std::cout << '\n';
    }
    return duplicates;
}

// Removes the user's home directory from paths, so that no user name is sent.
static footfall::plugin homeRemover() {
    footfall::plugin plugin;
    plugin.name = "HomeRemover";
    plugin.stage = footfall::stage::before;
    plugin.execute = [](footfall::event &event) {
        const auto directory = event.text_at("properties.directory");
        if (directory && directory->rfind("/home/", 0) == 0) {
            const std::string path(*directory);
            const auto end = path.find('/', 6);
            event.set("properties.directory", end == std::string::npos ? "~" : "~" + path.substr(end));
        }
        return footfall::verdict::keep;
    };
    return plugin;
}

int main(int argc, char **argv) {
    if (argc != 3) {
        std::cerr << "usage: find-duplicates CONFIGURATION DIRECTORY\n";
        return 64;
    }
    footfall::host about;
    about.on_error = [](std::string_view code, std::string_view message) {
        std::cerr << "find-duplicates: analytics: " << code << ": " << message << '\n';
    };
    auto analytics = footfall::client::from_file(argv[1], std::move(about));
    if (!analytics) std::cerr << "find-duplicates: no analytics: " << footfall::last_error() << '\n';
    analytics.add(homeRemover());

    const auto start = std::chrono::steady_clock::now();
    const fs::path directory = argv[2];
    std::map<std::uintmax_t, std::vector<fs::path>> bySize;
    std::size_t files = 0;
    std::error_code error;
    const auto options = fs::directory_options::skip_permission_denied;
    for (auto entry = fs::recursive_directory_iterator(directory, options, error);
         !error && entry != fs::recursive_directory_iterator(); entry.increment(error)) {
        std::error_code ofThisFile;
        if (!entry->is_regular_file(ofThisFile) || entry->is_symlink(ofThisFile)) continue;
        const auto size = entry->file_size(ofThisFile);
        if (ofThisFile || size == 0) continue;
        bySize[size].push_back(entry->path());
        files += 1;
    }
    if (error) {
        analytics.track("Search Failed", {{"directory", directory.string()}, {"error", error.message()}});
        std::cerr << "find-duplicates: " << directory.string() << ": " << error.message() << '\n';
    } else {
        std::size_t duplicates = 0;
        for (const auto &[size, paths] : bySize) {
            if (paths.size() > 1) duplicates += printDuplicates(paths);
        }
        const std::chrono::duration<double> seconds = std::chrono::steady_clock::now() - start;
        analytics.track(
            "Search Finished", {{"directory", directory.string()},
                                {"files", files},
                                {"duplicates", duplicates},
                                {"found", duplicates > 0},
                                {"seconds", seconds.count()}});
    }
    // A program that ends at once delivers before it does. What is left waits in the store for the next start.
    analytics.flush(std::chrono::seconds(5));
    return error ? 66 : 0;
}
