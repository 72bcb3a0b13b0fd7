// What htmlfile wants of an Internet Explorer, made of a frame. Runs in the page, before the client is loaded.
export function activeX() {
  window.CollectGarbage = () => {};
  window.ActiveXObject = function ActiveXObject() {
    const frame = document.body.appendChild(document.createElement("iframe"));
    const inner = frame.contentDocument;
    Object.defineProperty(inner, "parentWindow", { get: () => frame.contentWindow });
    return inner;
  };
}
