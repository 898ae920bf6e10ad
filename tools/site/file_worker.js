// Search in pages that are opened from files: browsers start no Worker there, so the search script runs in a hidden frame,
// with as much of a Worker's interface as Material for MkDocs uses. Pages from a server keep the browser's own Worker.
if (location.protocol === "file:") {
  window.Worker = class extends EventTarget {
    constructor(url) {
      super();
      const frame = document.createElement("iframe");
      frame.hidden = true;
      document.body.append(frame);
      this.scope = frame.contentWindow;
      this.scope.postMessage = (data) => this.dispatchEvent(new MessageEvent("message", { data }));
      const load = (address) =>
        new Promise((done, failed) => {
          const script = this.scope.document.createElement("script");
          script.src = address;
          script.onload = done;
          script.onerror = () => failed(new Error(address));
          this.scope.document.head.append(script);
        });
      this.scope.importScripts = (...addresses) =>
        addresses.reduce((before, address) => before.then(() => load(address)), Promise.resolve());
      this.ready = load(new URL(url, location.href).href);
    }

    postMessage(data) {
      this.ready.then(() => this.scope.dispatchEvent(new MessageEvent("message", { data })));
    }

    terminate() {
      this.scope.frameElement.remove();
    }
  };
  // By this name the search script finds its files from a frame.
  window.IFrameWorker = window.Worker;
}
